"""Preview runs the machine that runs live: the same past gives the same firings."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.figure import Seen
from alerts.metrics import METRICS
from alerts.models import Alert, Delivery, Firing, Step
from alerts.preview import candle_path, change_path, preview, without_hysteresis
from alerts.rule import ABOVE, BELOW, Rule
from exchange.wire.market import Candle
from tests.alerts.rig import Rig, S
from tests.alerts.rows import alert
from tests.exchange.market_events import MINUTE, T0

D = Decimal


def bar(minute: int, o: int, h: int, l: int, c: int) -> Candle:
    t = T0 + minute * MINUTE
    return Candle(t, t + MINUTE - 1, "BTC", "1m", D(o), D(c), D(h), D(l), D(1), 1)


def test_it_says_how_often_with_and_without_hysteresis():
    past = [Seen(T0 + n * S, D(value)) for n, value in enumerate((97, 100, 99, 100, 99, 100, 96, 101))]
    rule = Rule(D(100), recovery=D(97))
    assert preview(rule, past, T0, T0 + 60 * S).fired == 2
    assert preview(without_hysteresis(rule), past, T0, T0 + 60 * S).fired == 4


def test_a_crossing_within_a_bar_is_found():
    bars = [bar(0, 95, 96, 94, 95), bar(1, 95, 101, 94, 96), bar(2, 96, 97, 95, 96)]
    found = preview(Rule(D(100)), candle_path(bars), T0, T0 + 3 * MINUTE)
    assert [(one.began - T0) // MINUTE for one in found.episodes] == [1]
    assert found.known == 1


def test_where_bars_are_missing_nothing_is_known_and_nothing_fires():
    bars = [bar(0, 95, 96, 94, 95), bar(3, 105, 106, 104, 105)]
    rule = Rule(D(100), hold=2 * MINUTE)
    found = preview(rule, candle_path(bars), T0, T0 + 4 * MINUTE)
    assert (found.fired, found.known) == (0, D("0.5"))


def test_it_begins_at_its_start_with_what_stood_then():
    past = [Seen(T0 - 50 * S, D(101)), Seen(T0 + 5 * S, D(99)), Seen(T0 + 6 * S, D(101)), Seen(T0 + 90 * S, D(99))]
    found = preview(Rule(D(100)), past, T0, T0 + 60 * S)
    assert [one.what for one in found.made] == ["already", "armed", "fired"]
    assert found.episodes[0].ended is None


def test_a_rule_that_expired_or_is_snoozed_today_is_previewed_as_if_it_did_not():
    rule = Rule(D(100), expires_at=T0 - 1, snoozed_until=T0 + 3600 * S, remind_every=MINUTE)
    past = [Seen(T0, D(99)), Seen(T0 + S, D(100))]
    assert [one.what for one in preview(rule, past, T0, T0 + 600 * S).made] == ["armed", "fired"]


rules = st.fixed_dictionaries(
    {
        "threshold": st.integers(96, 104).map(D),
        "side": st.sampled_from([ABOVE, BELOW]),
        "hysteresis": st.sampled_from([D(0), D(1), D(3)]),
        "hold": st.sampled_from([0, 2 * S, 5 * S]),
        "cooldown": st.sampled_from([0, 4 * S]),
        "repeats": st.booleans(),
        "needs_crossing": st.booleans(),
    }
)
walks = st.lists(st.integers(92, 108), min_size=2, max_size=30)


@pytest.mark.django_db
@given(rules, walks, st.sampled_from(["mark", "change", "move"]))
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_live_and_preview_agree(cast, fields, walk, metric):
    """The same prices, through Market, ladders, threads of work and rows; and through the machine alone."""
    for model in (Delivery, Step, Firing, Alert):
        model.objects.all().delete()
    window = 0 if metric == "mark" else MINUTE
    if metric != "mark":
        side = METRICS[metric].only or fields["side"]
        fields = fields | {"threshold": fields["threshold"] - 100, "side": side}
        walk = [100] * 61 + walk
    one = alert(cast.alice, metric=metric, window=window, **fields)
    rig = Rig()
    rig.add(one)
    rig.mark(*walk)
    rig.hear(rig.prices(ETH=1))
    while rig.evaluator.round():
        pass
    path = [Seen(T0 + second * S, D(value)) for second, value in enumerate([*walk, walk[-1]])]
    figure = path if metric == "mark" else list(change_path(path, MINUTE, metric))
    found = preview(replace(one.rule), figure, T0, T0 + len(walk) * S + 1)
    live = Firing.objects.order_by("arm").values_list("fired_at", "ended_at", "value")
    assert [(one.began, one.ended, one.value) for one in found.episodes] == list(live)
    steps = Step.objects.order_by("id").values_list("what", "at")
    assert [(made.what, made.at) for made in found.made] == list(steps)
