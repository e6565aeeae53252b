"""Worlds that many tests look at, built once; tests that move time build their own."""

from functools import cache

from exchange.simulator.happenings import Happening
from exchange.simulator.profile import SMALL
from exchange.simulator.world import World

HOUR = 3_600_000
MINUTE = 60_000
JUST_BEFORE_AN_HOUR = 1_795_502_940_000
"""A minute and some before the full hour, so that funding is paid early in a test."""


@cache
def busy() -> tuple[World, list[Happening]]:
    """A small world after twelve and a half minutes with a full hour in them, and all that happened in it."""
    world = World(seed=11, start_ms=JUST_BEFORE_AN_HOUR // MINUTE * MINUTE, profile=SMALL)
    return world, world.advance(world.start_ms + 12 * MINUTE + 30_000)
