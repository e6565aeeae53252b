"""What happened while nobody evaluated is found in candles, and told as late."""

import asyncio

import pytest

from alerts.figure import Figure
from alerts.missed import MissedReader
from alerts.models import Alert, Delivery, Firing, Step
from exchange.errors import ExchangeError
from tests.alerts.catching import fill_windows, missed
from tests.alerts.rig import Rig, S
from tests.alerts.rows import D, alert, destination
from tests.alerts.test_preview import bar
from tests.exchange.market_events import MINUTE, T0

pytestmark = pytest.mark.django_db
DAY = 24 * 60 * MINUTE


class Bars:
    """Answers as the exchange would, and remembers what it was asked."""

    def __init__(self, *bars) -> None:
        self.bars, self.asked = bars, []

    def __call__(self, coin: str, interval: str, start: int, end: int) -> list:
        self.asked.append((coin, interval))
        return [one for one in self.bars if start <= one.t < end] if coin == "BTC" else []


def stopped(rig: Rig, *alerts: Alert) -> Rig:
    """The first evaluator has seen BTC at 99 and is gone; the next begins ten minutes later."""
    rig.add(*alerts)
    rig.mark(99)
    rig.evaluator.look()
    successor = Rig()
    successor.clock._start_ms = T0 + 10 * MINUTE
    successor.at = T0 + 10 * MINUTE
    return successor


def test_a_crossing_that_came_back_during_downtime_is_told_as_late(cast):
    rig = stopped(Rig(), alert(cast.alice, (destination(cast.alice),)), alert(cast.alice, coin="ETH"))
    bars = Bars(bar(0, 99, 99, 98, 99), bar(4, 99, 103, 98, 98), bar(5, 98, 99, 97, 98))
    since = rig.evaluator.begin()
    assert since == T0
    assert missed(rig.evaluator, since, rig.at, bars) == 2
    rig.mark(98)
    firing = Firing.objects.get()
    assert (firing.fired_at - T0) // MINUTE == 4
    assert firing.late_by // MINUTE == 5
    assert firing.end_reason == "recovered"
    assert list(Delivery.objects.order_by("id").values_list("occasion", flat=True)) == ["fired", "recovered"]


def test_what_was_crossed_before_the_cut_off_is_in_the_ledger_and_told_to_nobody(cast):
    """Ten hours of downtime: crossed and back after two, and again after eight, which can be told."""
    one = alert(cast.alice, (destination(cast.alice),), repeats=False)
    rig = stopped(Rig(), one)
    rig.at = rig.clock._start_ms = T0 + 600 * MINUTE
    path = {0: 99, 119: 99, 120: 104, 121: 98, 480: 103, 481: 98, 599: 98}
    bars = Bars(*[bar(minute, price, price, price, price) for minute, price in path.items()])
    since = rig.evaluator.begin()
    assert missed(rig.evaluator, since, rig.at, bars) == 1
    assert bars.asked == [("BTC", "15m"), ("BTC", "1m")]
    rig.mark(98)
    late = Step.objects.get(what="too late")
    assert (late.value, (late.at - T0) // MINUTE) == (D(104), 120)
    firing = Firing.objects.get()
    assert (firing.value, (firing.fired_at - T0) // MINUTE, firing.late_by // MINUTE) == (D(103), 480, 120)
    assert set(Delivery.objects.values_list("firing", flat=True)) == {firing.pk}


def test_nothing_is_looked_up_that_is_older_than_a_week(cast):
    rig = stopped(Rig(), alert(cast.alice))
    rig.at = rig.clock._start_ms = T0 + 10 * DAY
    old, new = (T0 // MINUTE + minute for minute in (60, 4 * 24 * 60))
    bars = Bars(*[bar(minute - T0 // MINUTE, 104, 104, 104, 104) for minute in (old, new)])
    missed(rig.evaluator, rig.evaluator.begin(), rig.at, bars)
    rig.mark(98)
    assert [(step.at - T0) // DAY for step in Step.objects.filter(what="too late")] == [4]


def test_what_was_told_just_before_a_long_break_is_not_found_out_again_from_the_bar_of_that_time(cast):
    rig = taken_over(cast, 103, 98)
    rig.at = rig.clock._start_ms = rig.at + 12 * 60 * MINUTE
    bars = Bars(bar(-20, 99, 99, 99, 99), bar(0, 99, 103, 98, 98))
    missed(rig.evaluator, rig.evaluator.begin(), rig.at, bars)
    rig.mark(98)
    assert not Step.objects.filter(what="too late").exists()
    assert Firing.objects.get().late_by == 0


def test_a_short_break_costs_no_request(cast):
    rig = stopped(Rig(), alert(cast.alice))
    bars = Bars()
    rig.evaluator.begin()
    assert missed(rig.evaluator, rig.at - 5000, rig.at, bars) == 0
    assert missed(rig.evaluator, 0, rig.at, bars) == 0
    assert bars.asked == []


def taken_over(cast, *marks) -> Rig:
    """An evaluator that begins 20 s after the first one, which saw these marks, ended; in the same minute."""
    rig = Rig()
    rig.add(alert(cast.alice, (destination(cast.alice),)))
    rig.mark(99, *marks)
    rig.evaluator.look()
    successor = Rig()
    successor.clock._start_ms = successor.at = rig.at + 20 * S
    return successor


def test_a_wick_during_a_short_takeover_is_found_in_the_bar_of_the_minute(cast):
    rig = taken_over(cast)
    since = rig.evaluator.begin()
    assert since // MINUTE == rig.at // MINUTE
    missed(rig.evaluator, since, rig.at, Bars(bar(-1, 99, 99, 98, 99), bar(0, 99, 103, 98, 98)))
    rig.mark(98)
    firing = Firing.objects.get()
    assert (firing.value, firing.end_reason) == (D(103), "recovered")
    assert firing.late_by > 10 * S


def test_what_was_told_before_a_takeover_is_not_told_again_from_the_bar_of_that_minute(cast):
    rig = taken_over(cast, 103, 98)
    missed(rig.evaluator, rig.evaluator.begin(), rig.at, Bars(bar(-1, 99, 104, 98, 99), bar(0, 99, 103, 98, 98)))
    rig.mark(98)
    assert Firing.objects.get().late_by == 0


class Slow(Bars):
    """Fails until ``answers`` is set."""

    answers = False

    def __call__(self, *asked) -> list:
        if not self.answers:
            raise ExchangeError("no answer")
        return super().__call__(*asked)


def test_coins_that_could_not_be_read_in_time_are_told_late_beside_live_evaluation(cast, monkeypatch):
    monkeypatch.setattr("alerts.missed.PAUSE_S", 0.0)
    rig = stopped(Rig(), alert(cast.alice, (destination(cast.alice),)))
    bars = Slow(bar(0, 99, 99, 98, 99), bar(4, 99, 103, 98, 98))
    reader, since = MissedReader(bars, rig.clock), rig.evaluator.begin()
    asyncio.run(reader.catch_up(rig.evaluator, since, rig.at))
    assert reader.lacking == ["BTC"]
    rig.mark(98, 97)
    assert rig.fired == []
    bars.answers = True
    asyncio.run(reader.finish(rig.evaluator))
    assert reader.lacking == []
    while rig.evaluator.round():
        pass
    firing = Firing.objects.get()
    assert (firing.fired_at - T0) // MINUTE == 4
    assert (firing.value, firing.end_reason) == (D(103), "recovered")
    assert firing.late_by // MINUTE == 5
    rig.mark(97, 101)
    assert rig.fired == [D(103), D(101)]
    assert rig.evaluator.watch.slots[Figure("mark", "BTC")].value == D(101)


def test_coins_without_alerts_and_figures_that_candles_do_not_tell_cost_no_request(cast):
    rig = stopped(Rig(), alert(cast.alice, metric="funding"))
    bars = Bars()
    rig.evaluator.begin()
    missed(rig.evaluator, T0, rig.at, bars)
    assert bars.asked == []


def test_a_change_over_an_hour_is_known_from_the_first_price_on(cast):
    rig = Rig()
    rig.add(alert(cast.alice, metric="change", window=60 * MINUTE, threshold=D(5)))
    bars = Bars(*[bar(minute, 100, 100, 100, 100) for minute in range(-70, 0)])
    assert fill_windows(rig.evaluator, T0, bars) == 1
    rig.mark(100, 106)
    assert Firing.objects.get().value == D(6)


def test_long_windows_are_filled_from_longer_bars(cast):
    rig = Rig()
    rig.add(alert(cast.alice, metric="move", window=7 * 24 * 60 * MINUTE, threshold=D(5)))
    bars = Bars()
    fill_windows(rig.evaluator, T0, bars)
    assert bars.asked == [("BTC", "1h")]
