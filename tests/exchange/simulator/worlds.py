"""Worlds that many tests look at or begin with, built once: writing a past takes a fifth of a second."""

import pickle
from functools import cache, lru_cache

from exchange.simulator.happenings import Happening
from exchange.simulator.profile import SMALL
from exchange.simulator.world import START_MS, World

HOUR = 3_600_000
MINUTE = 60_000
JUST_BEFORE_AN_HOUR = 1_795_502_940_000
"""A minute and some before the full hour, so that funding is paid early in a test."""


def small(seed: int = 7, start_ms: int = START_MS, warm_up_ms: int = 0) -> World:
    """A small world of the test's own, ``warm_up_ms`` after its start."""
    return pickle.loads(_kept(seed, start_ms, warm_up_ms))


@lru_cache(maxsize=8)
def _kept(seed: int, start_ms: int, warm_up_ms: int) -> bytes:
    world = World(seed, start_ms, SMALL)
    world.advance(start_ms + warm_up_ms)
    return pickle.dumps(world)


@cache
def busy() -> tuple[World, list[Happening]]:
    """A small world after twelve and a half minutes with a full hour in them, and all that happened in it."""
    world = World(seed=11, start_ms=JUST_BEFORE_AN_HOUR // MINUTE * MINUTE, profile=SMALL)
    return world, world.advance(world.start_ms + 12 * MINUTE + 30_000)
