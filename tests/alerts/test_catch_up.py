"""What happened while nobody evaluated is found in candles, and told as late."""

import pytest

from alerts.models import Alert, Delivery, Firing
from tests.alerts.catching import fill_windows, missed
from tests.alerts.rig import Rig
from tests.alerts.rows import D, alert, place
from tests.alerts.test_preview import bar
from tests.exchange.market_events import MINUTE, T0

pytestmark = pytest.mark.django_db


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
    rig = stopped(Rig(), alert(cast.alice, (place(cast.alice),)), alert(cast.alice, coin="ETH"))
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


def test_a_short_break_costs_no_request(cast):
    rig = stopped(Rig(), alert(cast.alice))
    bars = Bars()
    assert missed(rig.evaluator, rig.at - 5000, rig.at, bars) == 0
    assert missed(rig.evaluator, 0, rig.at, bars) == 0
    assert bars.asked == []


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
