"""The past of a market, read from a simulated exchange over HTTP, and what pages make of it."""

import re

import pytest
from django.core.cache import cache

from dashboard.history import MOST_HELD, History, Past
from dashboard.pages.candle_svg import BARS, candle_picture
from dashboard.pages.funding import funding_context
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.clock import SystemClock
from exchange.info import InfoClient
from exchange.simulator.profile import SMALL
from exchange.simulator.server import SimulatedExchange
from exchange.simulator.world import World

CLOCK = SystemClock()


@pytest.fixture
async def exchange():
    cache.clear()
    async with SimulatedExchange(World(7, CLOCK.now_ms(), SMALL), CLOCK) as exchange:
        yield exchange
    cache.clear()


def reader(exchange: SimulatedExchange) -> History:
    """The history of a process that has asked nothing yet."""
    return History(lambda: InfoClient(exchange.url, Budget(MemoryStore(), Limits(), CLOCK), CLOCK))


async def test_the_same_past_is_served_without_asking_again(exchange):
    history = reader(exchange)
    first = await history.candles("BTC", "1d")
    await exchange.stop()
    assert await history.candles("BTC", "1d") is first


async def test_another_process_finds_it_in_the_cache(exchange):
    first = await reader(exchange).funding("BTC")
    await exchange.stop()
    assert (await reader(exchange).funding("BTC")).rows == first.rows


async def test_only_so_many_pasts_stay_in_memory(exchange):
    history = reader(exchange)
    past = await history.candles("BTC", "1d")
    for number in range(2 * MOST_HELD):
        history._hold(f"history:{number}", past)
    assert len(history._held) == MOST_HELD


async def test_the_picture_has_a_line_and_a_body_for_each_candle(exchange):
    past = await reader(exchange).candles("BTC", "1h")
    picture = candle_picture(past)
    assert picture["count"] == BARS
    shapes = picture["up"] + picture["down"]
    assert shapes.count("V") == shapes.count("z") == BARS
    rising = sum(bar[4] >= bar[1] for bar in past.rows[-BARS:])
    assert picture["up"].count("z") == rising
    heights = [float(y) for pair in re.findall(r"M[0-9.]+ ([0-9.]+)V([0-9.]+)", shapes) for y in pair]
    assert min(heights) == 0.0
    assert max(heights) == picture["height"]


def test_no_candles_are_no_picture():
    assert candle_picture(Past([], 0)) is None


async def test_funding_has_a_line_an_hour_newest_first(exchange):
    past = await reader(exchange).funding("BTC")
    context = funding_context(past)
    times = [int(time) for time in re.findall(r'data-t="(\d+)"', context["lines"])]
    assert times == [row.time for row in reversed(past.rows)]
    assert context["hours"] == len(times) > 100
