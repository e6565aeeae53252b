"""Rules tried out on the past of a simulated exchange: what would have fired, of how much of the time."""

from decimal import Decimal

import pytest
from django.core.cache import cache

from alerts.machine import Machine
from alerts.models import Alert
from alerts.preview import candle_path
from alerts.rule import NEW, State
from dashboard.history import History
from dashboard.pages.alerts import past
from dashboard.pages.alerts.past import ASKED_DAYS, MOST_BARS, bars_of, past_of, previewed
from dashboard.pages.history.times import Times
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.clock import SystemClock
from exchange.info import INTERVAL_MS, InfoClient
from exchange.simulator.server import SimulatedExchange
from tests.exchange.simulator import worlds

CLOCK = SystemClock()
HOUR, DAY = 3_600_000, 86_400_000


@pytest.fixture
async def history(monkeypatch):
    """The past that pages read, of an exchange of its own."""
    cache.clear()
    async with SimulatedExchange(worlds.small(start_ms=CLOCK.now_ms()), CLOCK) as exchange:
        reader = History(lambda: InfoClient(exchange.url, Budget(MemoryStore(), Limits(), CLOCK), CLOCK))
        monkeypatch.setattr(past, "history", reader)
        yield reader
    cache.clear()


def alert(metric: str = "mark", **values) -> Alert:
    """One that is not stored."""
    return Alert(user_id=1, metric=metric, coin="BTC", **{"threshold": Decimal(1), "side": 1} | values)


def now() -> Times:
    return Times("UTC", CLOCK.now_ms())


async def test_what_is_told_is_what_the_machine_does_with_the_candles(history):
    times = now()
    bars = (await history.bars("BTC", *bars_of(1, 0))).rows
    middle = sorted(bar.c for bar in bars)[len(bars) // 2]
    told = await previewed(alert(threshold=middle), 1, times)
    start = times.now - DAY
    seen = [one for one in candle_path(bars) if one.at < times.now]
    machine = Machine(alert(threshold=middle).rule, State(NEW, since=start))
    machine.show([one for one in seen if one.at > start], [one for one in seen if one.at <= start][-1].value)
    fired = [one for one in machine.made if one.what == "fired"]
    assert told.outcome is not None
    assert told.outcome.fired > 0
    assert abs(told.outcome.fired - len(fired)) <= 1  # the first value is shown at the start, or with the next bar
    assert told.plain is None
    assert 99 < told.outcome.known * 100 <= 100
    assert "candles of 1m" in told.source


async def test_hysteresis_is_compared_with_none(history):
    bars = (await history.bars("BTC", *bars_of(7, 0))).rows
    middle = sorted(bar.c for bar in bars)[len(bars) // 2]
    told = await previewed(alert(threshold=middle, hysteresis=Decimal(1)), 7, now())
    assert told.outcome is not None
    assert told.plain is not None
    assert told.plain.fired > told.outcome.fired


async def test_a_change_over_a_window_is_known_from_the_first_moment(history):
    told = await previewed(alert("move", window=HOUR, threshold=Decimal("0.3")), 1, now())
    assert told.outcome is not None
    assert told.outcome.fired > 0
    assert told.outcome.known * 100 > 99
    rough = await past_of(alert("change", window=60_000), 7)
    assert "which tell little of what happens within 1 min" in rough[1]


async def test_funding_is_told_by_its_payments_and_only_as_far_as_they_reach(history):
    week = await previewed(alert("funding_sign", threshold=Decimal(1)), 7, now())
    month = await previewed(alert("funding_apr", threshold=Decimal(1000)), 30, now())
    assert week.outcome is not None
    assert month.outcome is not None
    assert week.outcome.known > Decimal("0.9")
    assert month.outcome.known < Decimal("0.3")
    assert month.outcome.fired == 0


async def test_of_other_figures_it_says_that_no_past_is_kept(history):
    for metric in ("premium", "spread", "trade", "open_interest_change", "equity", "fill"):
        told = await previewed(alert(metric), 1, now())
        assert told.outcome is None
        assert "No past of this figure is kept" in told.trouble


def test_no_preview_asks_for_more_candles_than_are_kept_and_none_for_too_few():
    for days in ASKED_DAYS:
        for window in (0, 60_000, HOUR, DAY, DAY + 1, 7 * DAY):
            interval, count = bars_of(days, window)
            assert count <= MOST_BARS
            assert count * INTERVAL_MS[interval] >= days * DAY + window
