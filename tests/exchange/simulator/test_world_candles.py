"""Candles of all intervals tell one story, before and after the start."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from exchange.simulator.happenings import Trades
from exchange.simulator.intervals import LENGTHS, begin, end
from exchange.simulator.profile import SMALL
from exchange.simulator.world import World
from tests.exchange.simulator.worlds import MINUTE, busy

DAY = 86_400_000


def candles(
    world: World, coin: str, interval: str, start: int = 0, stop: int | None = None
) -> list[dict[str, Any]]:
    return world.info(
        {
            "type": "candleSnapshot",
            "req": {"coin": coin, "interval": interval, "startTime": start, "endTime": stop},
        }
    )


@pytest.mark.parametrize("coin", ["BTC", "SUI", "@107", "xyz:TSLA"])
@pytest.mark.parametrize(
    ("parent", "child"), [("1d", "1h"), ("1h", "15m"), ("15m", "1m"), ("4h", "30m"), ("1h", "5m")]
)
def test_each_candle_is_the_sum_of_the_smaller_ones(coin: str, parent: str, child: str) -> None:
    world, _ = busy()
    start = world.now_ms - 2 * DAY
    small = candles(world, coin, child, begin(parent, start))
    for big in candles(world, coin, parent, start):
        parts = [row for row in small if big["t"] <= row["t"] <= big["T"]]
        assert parts[0]["o"] == big["o"]
        assert parts[-1]["c"] == big["c"]
        assert sum(row["n"] for row in parts) == big["n"]
        assert float(sum(Decimal(row["v"]) for row in parts)) == pytest.approx(float(big["v"]), rel=1e-12)
        highs, lows = [Decimal(row["h"]) for row in parts], [Decimal(row["l"]) for row in parts]
        assert max(highs) == Decimal(big["h"])
        assert min(lows) == Decimal(big["l"])
        if big["T"] < world.start_ms and parent in ("1d", "1h", "15m") and child in ("1h", "15m", "1m"):
            assert highs.count(max(highs)) == 1
            assert lows.count(min(lows)) == 1


@pytest.mark.parametrize("interval", LENGTHS)
def test_candles_begin_where_the_last_one_ended(interval: str) -> None:
    world, _ = busy()
    rows = candles(world, "ETH", interval, world.now_ms - 40 * LENGTHS[interval])
    assert rows[-1]["t"] <= world.now_ms <= rows[-1]["T"]
    for one, two in pairwise(rows):
        assert end(interval, one["t"]) == two["t"] == one["T"] + 1
        assert begin(interval, two["t"] + 1) == two["t"]
        if two["t"] < world.start_ms:
            assert one["c"] == two["o"]


def test_live_candles_are_the_trades() -> None:
    world, happened = busy()
    trades = [row for h in happened if isinstance(h, Trades) and h.coin == "BTC" for row in h.trades]
    rows = candles(world, "BTC", "1m", world.start_ms)
    assert sum(row["n"] for row in rows) == len(trades)
    for row in rows:
        mine = [t for t in trades if row["t"] <= t["time"] <= row["T"]]
        prices = [Decimal(t["px"]) for t in mine]
        assert [prices[0], max(prices), min(prices), prices[-1]] == [Decimal(row[key]) for key in "ohlc"]
        assert float(sum(Decimal(t["sz"]) for t in mine)) == pytest.approx(float(row["v"]), rel=1e-12)


def test_the_running_candle_holds_both_what_was_before_the_start_and_since() -> None:
    world, _ = busy()
    running = world.candle("BTC", "1d")
    assert running is not None
    before = candles(world, "BTC", "1m", begin("1d", world.now_ms))
    assert running["n"] == sum(row["n"] for row in before)
    assert running["o"] == before[0]["o"]
    assert running == candles(world, "BTC", "1d", world.now_ms)[-1]


def test_the_price_at_the_start_is_the_last_close() -> None:
    world = World(profile=SMALL)
    row = candles(world, "BTC", "1m", world.start_ms - 2 * MINUTE)[-1]
    mid = Decimal(world.all_mids()["BTC"])
    assert abs(mid - Decimal(row["c"])) <= 2


def test_only_the_latest_5000_are_kept_and_a_start_inside_a_candle_returns_it() -> None:
    world, _ = busy()
    rows = candles(world, "BTC", "1m")
    assert len(rows) == 5000
    inside = rows[100]["t"] + 30_000
    assert candles(world, "BTC", "1m", inside, inside + MINUTE)[0]["t"] == rows[100]["t"]
    assert candles(world, "BTC", "1m", world.now_ms + DAY) == []


def test_the_dead_have_no_candles() -> None:
    world, _ = busy()
    delisted = next(row["name"] for row in world.info({"type": "meta"})["universe"] if row.get("isDelisted"))
    assert candles(world, delisted, "1h") == []
    assert world.candle(delisted, "1h") is None


def test_a_coin_younger_than_asked_for_has_its_first_price_before_its_first_candle() -> None:
    world, _ = busy()
    market = world.state.markets["SUI"]
    history = market.candles.history
    first = history.day(history.begin_ms)
    assert first is not None
    assert history.day(history.begin_ms - DAY) is None
    assert market.step_at(history.begin_ms - 5 * DAY) == first.o
    assert candles(world, "SUI", "1d")[0]["t"] == first.t


def test_the_price_of_a_live_moment_is_that_of_the_trades() -> None:
    world, _ = busy()
    market = world.state.markets["BTC"]
    quarter = world.now_ms // (15 * MINUTE) * 15 * MINUTE
    live = [bar for bar in market.candles.live("15m") if bar.t == quarter]
    assert market.step_at(world.now_ms) == live[0].o
    assert market.step_at(world.now_ms + DAY) == live[0].c
    fresh = World(profile=SMALL).state.markets["BTC"]
    assert fresh.step_at(fresh.candles.history.end_ms + DAY) == fresh.last
