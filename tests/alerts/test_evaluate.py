"""From an event of the exchange to a Firing: markets."""

from decimal import Decimal

import pytest
from msgspec import structs

from alerts import reread, sweep
from alerts.figure import Figure, Seen
from alerts.models import Alert, Delivery, Firing, Step
from alerts.rule import ABOVE, BELOW, DONE
from alerts.watch import ACCOUNT_HEARD_MS
from exchange import events
from tests.alerts.rig import Rig, S
from tests.alerts.rows import alert, destination
from tests.exchange.market_events import MINUTE, T0, context, quotes, spot_context, trade

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def rig(db) -> Rig:
    return Rig()


def test_a_price_that_crosses_fires_with_the_time_at_which_we_heard_it(rig, cast):
    rig.add(alert(cast.alice))
    rig.mark(99, 101)
    firing = Firing.objects.get()
    assert (firing.value, firing.received_at, firing.fired_at, firing.decided_at) == (D(101), *[T0 + S] * 3)


def test_a_price_that_crosses_and_returns_before_anybody_decides_has_fired(rig, cast):
    rig.add(alert(cast.alice))
    rig.mark(99)
    for mark in (101, 98):
        rig.hear(rig.prices(BTC=mark))
    while rig.evaluator.round():
        pass
    assert Firing.objects.get().end_value == D(98)


def test_another_coins_price_is_none_of_its_business(rig, cast):
    rig.add(alert(cast.alice))
    rig.mark(99)
    rig.mark(500, coin="ETH")
    assert rig.fired == []


def funding(rate: str):
    return structs.replace(context(), funding=D(rate))


PERP = [
    # metric, side, threshold, context before, context that fires
    ("oracle", ABOVE, "100", context(), structs.replace(context(), oracle_px=D(101))),
    ("funding", BELOW, "-0.001", funding("0"), funding("-0.00001")),
    ("funding_apr", ABOVE, "50", funding("0"), funding("0.0001")),
    ("funding_sign", BELOW, "-1", funding("0"), funding("-0.0000001")),
    ("open_interest", ABOVE, "800", context(oi="7"), context(oi="8")),
    ("volume", ABOVE, "20000", context(), structs.replace(context(), day_ntl_vlm=D(20000))),
    ("premium", BELOW, "-0.5", context(), structs.replace(context(), premium=D("-0.005"))),
    ("mark", ABOVE, "101", context("100"), context("101")),
    ("mid", BELOW, "90", context(), context(mid="90")),
]


@pytest.mark.parametrize(("metric", "side", "threshold", "before", "after"), PERP, ids=[row[0] for row in PERP])
def test_each_figure_of_a_perp(rig, cast, metric, side, threshold, before, after):
    rig.add(alert(cast.alice, metric=metric, side=side, threshold=D(threshold)))
    rig.contexts(before, before)
    assert rig.fired == []
    rig.contexts(after)
    assert len(rig.fired) == 1


def test_spot_pairs_and_builder_dexes_too(rig, cast):
    rig.add(alert(cast.alice, coin="@107", threshold=D(6)), alert(cast.alice, coin="xyz:BTC", threshold=D(6)))
    rig.say(events.SpotContexts(rig.at, [spot_context("@107", "5")]))
    rig.say(events.SpotContexts(rig.at, [spot_context("@107", "6")]))
    rig.mark(5, 7, coin="xyz:BTC")
    assert rig.fired == [D(6), D(7)]


def test_the_spread_and_the_last_trade(rig, cast):
    rig.add(alert(cast.alice, metric="spread", threshold=D(2)), alert(cast.alice, metric="last", threshold=D(105)))
    rig.say(events.QuotesChanged(rig.at, quotes(T0, "99.5", "100.5")))
    rig.say(events.QuotesChanged(rig.at, quotes(T0 + 1, "99", "101")))
    rig.say(events.Traded(rig.at, "BTC", [trade(1, px="100")]))
    rig.say(events.Traded(rig.at, "BTC", [trade(2, px="105")]))
    assert rig.fired == [D(2), D(105)]


@pytest.mark.parametrize(
    ("metric", "side", "threshold"), [("change", BELOW, -5), ("move", ABOVE, 5), ("change", ABOVE, 5)]
)
def test_a_change_over_a_window(rig, cast, metric, side, threshold):
    rig.add(alert(cast.alice, metric=metric, side=side, threshold=D(threshold), window=60 * S))
    rig.mark(*[100] * 60, 104, 96, 96)
    assert rig.fired == []
    rig.mark(106 if side == ABOVE else 94)
    assert rig.fired == [D(6) if side == ABOVE else D(-6)]


def test_a_coin_that_stands_still_has_changed_against_a_minute_ago(rig, cast):
    rig.add(alert(cast.alice, metric="change", threshold=D(10), window=60 * S))
    rig.mark(*[100] * 70, 110)
    rig.mark(*[5] * 58, coin="ETH")  # BTC is not named any more: it is unchanged
    assert Firing.objects.get().ended_at is None
    rig.mark(*[5] * 3, coin="ETH")
    assert (Firing.objects.get().value, Firing.objects.get().end_value) == (D(10), D(0))


def test_a_spike_of_open_interest_against_its_average(rig, cast):
    rig.add(alert(cast.alice, metric="open_interest_spike", threshold=D(50), window=60 * S))
    rig.contexts(*[context(oi="10")] * 62)
    rig.contexts(context(oi="16"))
    assert len(rig.fired) == 1


def test_what_candles_know_makes_a_window_known_at_once(rig, cast):
    one = alert(cast.alice, metric="change", threshold=D(5), window=3600 * S)
    rig.add(one)
    past = [Seen(T0 - 3660 * S + n * 60 * S, D(100)) for n in range(61)]
    rig.evaluator.coins.window(one.figure).trail.precede(past)
    rig.mark(100, 105)
    assert rig.fired == [D(5)]


def test_stale_data_fire_nothing_and_end_nothing_and_are_told_once_if_wanted(rig, cast):
    mail = destination(cast.alice)
    rig.add(alert(cast.alice, (mail,), tells_no_data=True), alert(cast.alice, (mail,), threshold=D(200)))
    rig.mark(99, 101)
    rig.stream("prices", "stale")
    rig.stream("prices", "stale")
    assert list(Delivery.objects.order_by("id").values_list("occasion", flat=True)) == ["fired", "no data"]
    assert Firing.objects.get().ended_at is None
    rig.stream("prices", "live")
    assert Firing.objects.get().ended_at is None
    rig.mark(99)
    assert Firing.objects.get().end_reason == "recovered"


def no_data(rig: Rig) -> list[int]:
    """When that was told, in seconds of the test."""
    return [(at - T0) // S for at in Delivery.objects.filter(occasion="no data").values_list("at", flat=True)]


def test_a_restart_that_begins_with_stale_data_tells_that_there_are_none_and_the_next_one_does_not(rig, cast):
    rig.add(alert(cast.alice, (destination(cast.alice),), tells_no_data=True))
    rig.mark(99)
    for _ in range(2):
        successor = Rig()
        successor.evaluator.begin()
        successor.at = T0 + 60 * S
        successor.stream("prices", "stale")
        successor.stream("prices", "stale")
        assert no_data(rig) == [60]
    successor.stream("prices", "live")
    successor.mark(101)
    assert [step.what for step in Step.objects.order_by("id")] == ["armed", "no data", "data", "fired"]


def test_a_restart_that_takes_over_a_market_that_is_stale_tells_so_though_nothing_is_said_any_more(rig, cast):
    rig.add(alert(cast.alice, (destination(cast.alice),), tells_no_data=True))
    rig.mark(99)
    rig.stream("prices", "stale")
    Delivery.objects.all().delete()
    Alert.objects.update(blind_since=None)
    successor = Rig()
    successor.evaluator.begin()
    successor.clock._start_ms = T0 + 60 * S
    successor.evaluator.move_to(rig.market)
    assert successor.evaluator.round() == 1
    assert no_data(rig) == [60]


def test_a_new_alert_on_what_is_stale_is_told_so_and_one_on_what_has_not_begun_is_not(rig, cast):
    rig.mark(99)
    rig.stream("prices", "stale")
    rig.stream("book:BTC", "ended")
    mail = destination(cast.alice)
    rig.add(*(alert(cast.alice, (mail,), tells_no_data=True, metric=metric) for metric in ("mark", "spread")))
    while rig.evaluator.round():
        pass
    assert Delivery.objects.get(occasion="no data").alert.metric == "mark"
    rig.stream("book:BTC", "ended")
    assert len(no_data(rig)) == 1


def test_time_that_passes_before_the_first_value_says_nothing_about_data(rig, cast):
    one = alert(cast.alice, (destination(cast.alice),), tells_no_data=True, remind_every=60 * S)
    rig.add(one)
    rig.mark(99, 101)
    successor = Rig()
    successor.evaluator.begin()
    successor.at = T0 + 61 * S
    successor.mark(101)
    assert list(Delivery.objects.order_by("id").values_list("occasion", flat=True)) == ["fired", "reminder"]


def test_a_hole_in_the_data_breaks_a_hold_and_a_window(rig, cast):
    rig.add(alert(cast.alice, hold=5 * S), alert(cast.alice, metric="change", threshold=D(1), window=60 * S))
    rig.mark(99, 101, 101)
    rig.stream("prices", "stale")
    rig.mark(*[101] * 4)
    assert rig.fired == []
    rig.mark(101, 101)
    assert rig.fired == [D(101)]


def test_contexts_that_are_stale_leave_prices_alone_and_spot_those_of_perps(rig, cast):
    one = alert(cast.alice, metric="funding", threshold=D(1))
    spot = alert(cast.alice, metric="volume", coin="@107", threshold=D(5000))
    rig.add(alert(cast.alice), one, spot)
    rig.contexts(context("99"))
    rig.say(events.SpotContexts(rig.at, [spot_context("@107")]))
    rig.stream("contexts", "stale")
    slots = rig.evaluator.watch.slots
    assert slots[one.figure].value is None
    assert slots[spot.figure].value == D(1000)
    assert slots[Figure("mark", "BTC")].value == D(99)


def test_a_hold_is_over_without_any_event(rig, cast):
    rig.add(alert(cast.alice, hold=5 * S))
    rig.mark(99, 101)
    rig.evaluator.watch.pass_time(T0 + 6 * S)
    rig.evaluator.round()
    assert Firing.objects.get().fired_at == T0 + 6 * S


def test_a_large_trade_fires_once_though_each_subscription_repeats_it(rig, cast):
    rig.add(alert(cast.alice, metric="trade", threshold=D(1000)))
    big, small = trade(5, sz="10"), trade(6, sz="9")
    rig.say(events.Traded(rig.at, "BTC", [big, small]))
    rig.say(events.Traded(rig.at, "BTC", [big, small, trade(7, sz="20")]))
    assert rig.fired == [D(1000), D(2000)]
    assert Firing.objects.earliest("id").text == "bought 10 at 100, worth 1,000.00"
    assert Firing.objects.earliest("id").exchange_at == T0 + 5 * S


@pytest.mark.parametrize("metric", ["trade", "fill"])
def test_an_alert_on_what_happens_expires_by_itself(rig, cast, metric):
    """No price, no trade: time alone. After a restart, too."""
    coin = {"coin": "BTC"} if metric == "trade" else {"coin": ""}
    one = alert(cast.alice, metric=metric, threshold=D(1000), expires_at=T0 + 60 * S, **coin)
    rig.add(one)
    rig.say(events.Traded(T0 + S, "BTC", [trade(5, sz="9")]))
    successor = Rig()
    successor.evaluator.begin()
    for each in (rig, successor):
        each.evaluator.watch.pass_time(T0 + 59 * S)
        assert each.evaluator.watch.is_idle
        each.evaluator.watch.pass_time(T0 + 60 * S + ACCOUNT_HEARD_MS)
        assert each.evaluator.round() == 1
        assert len(each.evaluator.watch) == 0
    one.refresh_from_db()
    assert one.phase == DONE
    assert list(Step.objects.values_list("what", "at")) == [("expired", T0 + 60 * S)]


def test_what_happened_before_an_alert_expired_and_is_heard_afterwards_still_fires(rig, cast):
    rig.add(alert(cast.alice, metric="trade", threshold=D(1000), expires_at=T0 + 5 * S))
    rig.say(events.Traded(T0 + 7 * S, "BTC", [trade(4, sz="10"), trade(6, sz="20")]))
    assert rig.fired == [D(1000)]
    assert len(rig.evaluator.watch) == 0


def test_a_new_rule_counts_when_the_evaluator_has_noted_it(rig, cast):
    rig.mark(99)
    one = alert(cast.alice)
    rig.mark(101)
    assert rig.fired == []
    rig.mark(99)
    rig.add(one)
    assert one.seen_at == T0 + 2 * S
    rig.mark(99, 102)
    assert rig.fired == [D(102)]


def test_a_changed_rule_counts_from_the_next_look(rig, cast):
    one = alert(cast.alice)
    rig.add(one)
    rig.mark(99)
    one.edit(rig.at, threshold=D(200))
    rig.add(one)
    rig.mark(150, 201)
    assert rig.fired == [D(201)]
    assert len(rig.evaluator.watch) == 1


def test_figures_that_nobody_watches_any_more_are_forgotten_and_others_go_on(rig, cast):
    stays, moves = (alert(cast.alice, metric="change", window=MINUTE, threshold=D(5)) for _ in range(2))
    others = [
        alert(cast.alice),
        alert(cast.alice, metric="trade", threshold=D(1)),
        alert(cast.alice, metric="liquidation_distance", coin="", side=-1, threshold=D(5)),
    ]
    rig.add(stays, moves, *others)
    rig.mark(99)
    for one in range(1, 20):
        moves.edit(rig.at, window=MINUTE + one)
        rig.add(moves)
    assert len(rig.evaluator.watch.slots) == 22
    for one in others:
        one.edit(rig.at, is_active=False)
    rig.add(*others)
    rig.evaluator.sweep.tidy()
    watch, coins, accounts = rig.evaluator.watch, rig.evaluator.coins, rig.evaluator.accounts
    assert set(watch.slots) == {stays.figure, moves.figure}
    assert (watch.shelves, accounts.slots, list(accounts._by_address)) == ({}, [], [])
    assert [len(coins.windows["prices"]), len(coins.over_time["BTC"]), coins.rows["prices"]["BTC"]] == [2, 2, []]
    others[0].edit(rig.at, is_active=True)
    rig.add(others[0])
    rig.mark(99)
    rig.at += MINUTE
    rig.mark(99, 106)
    assert len(rig.fired) == 3, "the price, and a change by more than 5 % over both windows"


@pytest.mark.parametrize("values", [{"is_active": False}, {"expires_at": T0 + 1}])
def test_a_paused_or_expired_alert_is_watched_no_more(rig, cast, values):
    one = alert(cast.alice)
    rig.add(one)
    rig.mark(99)
    one.edit(rig.at, **values)
    rig.add(one)
    rig.mark(101)
    assert rig.fired == []
    assert len(rig.evaluator.watch) == 0


def test_an_alert_that_is_resumed_is_watched_again(rig, cast):
    one = alert(cast.alice, is_active=False)
    rig.add(one)
    rig.mark(99)
    one.edit(rig.at, is_active=True)
    rig.add(one)
    rig.mark(99, 101)
    assert rig.fired == [D(101)]


def test_what_fired_for_the_last_time_reminds_until_it_is_acknowledged_also_after_a_restart(rig, cast):
    one = alert(cast.alice, (destination(cast.alice),), repeats=False, remind_every=60 * S)
    rig.add(one)
    rig.mark(99, 101, 98)
    rig.evaluator.watch.pass_time(T0 + 61 * S)
    assert rig.evaluator.round() == 1
    successor = Rig()
    successor.evaluator.begin()
    successor.evaluator.watch.pass_time(T0 + 121 * S)
    assert successor.evaluator.round() == 1
    told = list(Delivery.objects.order_by("id").values_list("occasion", "at"))
    assert told[2:] == [("reminder", T0 + 61 * S), ("reminder", T0 + 121 * S)]
    assert sweep_found(successor) == 0
    Firing.objects.acknowledge_all(cast.alice, T0 + 122 * S)
    successor.evaluator.watch.pass_time(T0 + 181 * S)
    assert successor.evaluator.round() == 1
    assert (len(successor.evaluator.watch), Delivery.objects.count()) == (0, 4)


def sweep_found(rig: Rig) -> int:
    """What a sweep puts right."""
    known, wanted = set(rig.evaluator.watch.slot_of), sweep.active()
    return len(known ^ wanted)


def test_a_snooze_that_is_lifted_counts_at_the_next_look(rig, cast):
    one = alert(cast.alice, snoozed_until=T0 + 3600 * S)
    rig.add(one)
    rig.mark(99, 101)
    assert rig.fired == []
    one.edit(rig.at, snoozed_until=None)
    rig.add(one)
    rig.mark(102)
    firing = Firing.objects.get()
    assert firing.fired_at >= T0 + 2 * S


def test_another_evaluator_goes_on_where_the_first_one_stopped(rig, cast):
    rig.add(alert(cast.alice), alert(cast.alice, threshold=D(50)))
    rig.mark(40, 60)
    successor = Rig()
    for alert_ in Alert.objects.all():
        assert alert_.seen_version == 1
    for found in reread.everything():
        successor.evaluator.watch.put(found)
    successor.mark(101, 40)
    rows = list(Firing.objects.order_by("id").values_list("value", "end_value"))
    assert rows == [(D(60), D(40)), (D(101), D(40))]


def test_what_happened_during_downtime_is_told_as_late(rig, cast):
    one = alert(cast.alice, (destination(cast.alice),))
    rig.add(one)
    Alert.objects.update(seen_at=T0 - 3600 * S)
    minute = 60 * S
    past = [(one.figure, Seen(T0 - 5 * minute, D(99))), (one.figure, Seen(T0 - 4 * minute, D(101)))]
    rig.evaluator.show([*past, (one.figure, Seen(T0 - 3 * minute, D(98)))])
    rig.evaluator.round()
    firing = Firing.objects.get()
    assert (firing.fired_at, firing.late_by, firing.duration) == (T0 - 4 * minute, 4 * minute, minute)
    rig.mark(98, 103)
    assert Firing.objects.latest("id").late_by == 0


def test_a_new_alert_on_a_coin_that_stands_still_knows_its_price_at_once(rig, cast):
    rig.mark(105)
    rig.add(alert(cast.alice, needs_crossing=False), alert(cast.alice, metric="mid"))
    while rig.evaluator.round():
        pass
    assert rig.fired == [D(105)]


def test_a_new_alert_does_not_believe_a_price_that_is_stale(rig, cast):
    rig.mark(105)
    rig.stream("prices", "stale")
    rig.add(alert(cast.alice, needs_crossing=False))
    rig.mark(1, coin="ETH")
    assert rig.fired == []
