"""The past of a market, read from a simulated exchange over HTTP, and what pages make of it."""

import asyncio
import gc
import re
import threading

import pytest
from django.core.cache import cache

from dashboard.history import MOST_HELD, History, NoHistory, Past, finest
from dashboard.pages.candle_svg import BARS, candle_picture
from dashboard.pages.funding import funding_context
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.clock import SystemClock
from exchange.errors import BudgetExhausted
from exchange.info import InfoClient
from exchange.simulator.server import SimulatedExchange
from tests.exchange.simulator import worlds

CLOCK = SystemClock()
HOUR = 3_600_000


@pytest.fixture
async def exchange():
    cache.clear()
    async with SimulatedExchange(worlds.small(start_ms=CLOCK.now_ms()), CLOCK) as exchange:
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


async def test_a_stretch_of_the_past_has_its_finest_candles_and_is_never_read_twice(exchange):
    history, now = reader(exchange), CLOCK.now_ms()
    start, end = now - 5 * HOUR, now - 2 * HOUR
    past = await history.stretch("BTC", start, end)
    assert {bar.i for bar in past.rows} == {"1m"}
    assert start - 60_000 < past.rows[0].t <= start < past.rows[-1].t <= end
    assert len(past.rows) in (180, 181)
    await exchange.stop()
    assert await history.stretch("BTC", start, end) is past
    with pytest.raises(NoHistory, match="does not answer"):
        await history.stretch("BTC", start, None)


def test_the_finest_interval_is_one_that_fits_and_that_the_exchange_still_keeps():
    now = 10**13
    assert finest(now - HOUR, now, now) == "1m"
    assert finest(now - 20 * HOUR, now, now) == "3m"
    assert finest(now - 100 * HOUR, now - 99 * HOUR, now) == "3m"  # 4,900 minutes are 82 hours
    assert finest(now - 400 * 24 * HOUR, now, now) == "1d"
    assert finest(0, 1, 10**15) is None


async def test_a_time_of_which_there_are_no_candles_is_said_to_have_none(exchange):
    with pytest.raises(NoHistory, match="keeps no candles"):
        await reader(exchange).stretch("BTC", 1, 2 * 10**12)


async def test_an_error_that_comes_when_whoever_asked_has_left_ends_no_process(exchange):
    history, told, may_fail = reader(exchange), [], threading.Event()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))

    def used_up(*_: object) -> None:
        may_fail.wait(10)
        raise BudgetExhausted("weight", "pages", 10.0)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await history._past("bars of a test", 60_000, used_up)
    may_fail.set()
    while history._asking:
        await asyncio.sleep(0.01)
    gc.collect()
    assert told == []
