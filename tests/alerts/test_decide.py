"""Deciding: what is written, once, for each episode; and that nothing is written by whom it does not behove."""

from datetime import time
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts.decide import Overtaken, decide, no_guard
from alerts.figure import Occurrence
from alerts.message import tell
from alerts.models import Alert, Delivery, Firing, Step
from alerts.reread import changed
from alerts.rule import DONE, FIRED, NEW, RESTING, WAITING
from alerts.shown import moment
from alerts.waiting import is_over
from alerts.why import why
from alerts.work import Work
from monitoring.models import Lease
from tests.alerts.rows import START, S, alert, decided, destination, work

D = Decimal
pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    return [(one.occasion, one.destination.label) for one in Delivery.objects.order_by("id")]


def test_a_crossing_is_one_firing_with_its_deliveries_and_the_new_state(cast):
    one = alert(cast.alice, (destination(cast.alice), destination(cast.alice, "phone")))
    found = decided(one, 99, 101)
    firing = Firing.objects.get()
    assert (firing.arm, firing.user, firing.value, firing.fired_at) == (1, cast.alice, D(101), START + S)
    assert firing.sentence == "the mark price of BTC is at or above 100, each time"
    assert (firing.late_by, firing.ended_at) == (0, None)
    assert told() == [("fired", "mail"), ("fired", "phone")]
    assert len({delivery.key for delivery in Delivery.objects.all()}) == 2
    one.refresh_from_db()
    assert (one.phase, one.arm, one.fired_at) == (FIRED, 1, START + S)
    assert (found.figure, found.state) == (one.figure, one.state)
    assert [step.what for step in Step.objects.order_by("id")] == ["armed", "fired"]


def test_its_recovery_ends_the_episode_and_is_told_with_its_duration(cast):
    one = alert(cast.alice, (destination(cast.alice),))
    decided(one, 99, 101)
    decided(one, 98, start=61)
    firing = Firing.objects.get()
    assert (firing.end_reason, firing.end_value, firing.duration) == ("recovered", D(98), 60 * S)
    assert told() == [("fired", "mail"), ("recovered", "mail")]
    assert set(Delivery.objects.values_list("firing", flat=True)) == {firing.pk}


def test_several_episodes_in_one_batch_are_as_many_firings(cast):
    one = alert(cast.alice, (destination(cast.alice),), tells_recovery=False)
    decided(one, 99, 100, 99, 100, 99)
    assert list(Firing.objects.order_by("arm").values_list("arm", "end_reason")) == [
        (1, "recovered"),
        (2, "recovered"),
    ]
    assert told() == [("fired", "mail")] * 2


def test_only_usable_destinations_are_told_and_only_the_other_one_by_escalation(cast):
    boss = destination(cast.alice, "boss")
    rest = (
        destination(cast.alice),
        destination(cast.alice, "new", verified_at=None),
        destination(cast.alice, "gone", stopped_at=1),
    )
    one = alert(cast.alice, rest, escalate_to=boss, escalate_after=10 * S)
    decided(one, 99, 101)
    decided(one, 101, start=12, last=101)
    assert told() == [("fired", "mail"), ("escalated", "boss")]


def test_many_reminders_that_are_due_at_once_are_one(cast):
    one = alert(cast.alice, (destination(cast.alice),), remind_every=60 * S)
    decided(one, 99, 101)
    decided(one, 101, start=601, last=101)
    assert told() == [("fired", "mail"), ("reminder", "mail")]
    assert Delivery.objects.get(occasion="reminder").number == 10


def test_who_acknowledges_is_reminded_no_more(cast):
    one = alert(cast.alice, (destination(cast.alice),), remind_every=60 * S)
    decided(one, 99, 101)
    firing = Firing.objects.get()
    assert not Firing.objects.acknowledge(cast.bob, firing.pk, START)
    assert Firing.objects.acknowledge(cast.alice, firing.pk, START)
    assert not Firing.objects.acknowledge(cast.alice, firing.pk, START)
    decided(one, 101, start=601, last=101)
    assert told() == [("fired", "mail")]


def test_who_does_not_acknowledge_is_reminded_also_after_it_has_recovered_and_was_to_fire_once(cast):
    one = alert(cast.alice, (destination(cast.alice),), remind_every=60 * S, repeats=False)
    decided(one, 99, 101, 98)
    found = decided(one, 98, start=62, last=98)
    assert told() == [("fired", "mail"), ("recovered", "mail"), ("reminder", "mail")]
    assert (found.state.phase, is_over(found.rule, found.state)) == (DONE, False)
    assert Alert.objects.watched().get() == one
    reminder = tell(Delivery.objects.get(occasion="reminder"), START)
    assert reminder.title.startswith("Reminder 1, recovered since: the mark price of BTC")
    assert dict(reminder.facts)["Recovered"] == moment(START + 2 * S, cast.alice.timezone)
    assert Firing.objects.acknowledge_all(cast.alice, START + 63 * S) == 1
    assert not Alert.objects.watched().exists()
    assert decided(one, 98, start=200, last=98).figure is None
    assert len(told()) == 3


def test_reminders_end_with_the_firing_that_could_be_acknowledged(cast):
    one = alert(cast.alice, (destination(cast.alice),), remind_every=60 * S)
    decided(one, 99, 101, 98)
    Firing.objects.all().delete()
    decided(one, 98, start=62, last=98)
    assert not Delivery.objects.exists()


def test_another_span_between_reminders_counts_from_the_firing_and_loses_none(cast):
    one = alert(cast.alice, (destination(cast.alice),), remind_every=60 * S)
    decided(one, 99, 101)
    for n in range(1, 5):
        decided(one, 101, start=60 * n + 2, last=101)
    one.edit(START + 250 * S, remind_every=100 * S)
    assert one.reminders == 2
    decided(one, 101, start=302, last=101)
    assert list(Delivery.objects.filter(occasion="reminder").order_by("at").values_list("at", flat=True)) == [
        START + (60 * n + 1) * S for n in (1, 2, 3, 4, 5)
    ]


def test_what_is_decided_in_quiet_hours_is_decided_at_once_and_delivered_later(cast):
    cast.alice.timezone = "Asia/Tokyo"
    cast.alice.save()
    one = alert(cast.alice, (destination(cast.alice),), quiet_start=time(17), quiet_end=time(18))
    decided(one, 99, 101)  # 08:00:01 UTC is 17:00:01 in Tokyo
    assert Firing.objects.get().decided_at == START + S
    assert Delivery.objects.get().not_before == START + 3600 * S


def test_what_was_missed_is_told_as_late_and_what_is_too_old_is_only_written_down(cast):
    one, two = (alert(cast.alice, (destination(cast.alice, name),)) for name in ("one", "two"))
    decided(one, 99, 101, 99, late=420)
    decided(two, 99, 101, 99, late=7 * 3600)
    assert list(Firing.objects.values_list("alert", "late_by")) == [(one.pk, 421 * S)]
    assert told() == [("fired", "one"), ("recovered", "one")]
    steps = Step.objects.filter(alert=two).order_by("id").values_list("what", "at", "value")
    assert list(steps) == [("armed", START, D(99)), ("too late", START + S, D(101))]
    two.refresh_from_db()
    assert (two.phase, two.arm, two.fired_at) == (WAITING, 0, None)
    assert why(two, START + S).verdict == "too late to tell"


def test_an_alert_for_once_is_not_used_up_by_what_is_found_out_too_late(cast):
    one = alert(cast.alice, (destination(cast.alice),), repeats=False)
    decided(one, 99, 101, 99, 102, 98, late=7 * 3600)
    decided(one, 98, 103, start=8 * 3600, last=98)
    assert [(firing.arm, firing.value) for firing in Firing.objects.all()] == [(1, D(103))]
    assert Step.objects.filter(what="too late").count() == 2


def test_what_began_too_long_ago_to_be_told_and_is_still_true_is_told_as_of_the_oldest_moment_that_may_be(cast):
    one = alert(cast.alice, (destination(cast.alice),))
    decided(one, 99, 101, late=7 * 3600)
    firing = Firing.objects.get()
    assert (firing.late_by, firing.value) == (6 * 3600 * S, D(101))
    assert told() == [("fired", "mail")]
    assert [step.what for step in Step.objects.order_by("id")] == ["armed", "too late", "fired"]


def test_an_occurrence_that_is_heard_of_too_late_is_written_down_once(cast):
    one = alert(cast.alice, (destination(cast.alice),), metric="trade", threshold=D(1000), repeats=False)
    what = Occurrence("trade", "BTC", "BTC:1", START, START, D(5000), "a trade")
    for _ in range(2):
        decide([Work(one.pk, one.figure, None, (), (what,))], START + 7 * 3600 * S)
    one.refresh_from_db()
    assert (one.phase, Firing.objects.count(), Delivery.objects.count()) == (NEW, 0, 0)
    assert list(Step.objects.values_list("what", "at")) == [("too late", START)]


def test_missing_data_are_told_once_and_end_no_episode(cast):
    one = alert(cast.alice, (destination(cast.alice),), tells_no_data=True)
    decided(one, 99, 101, None)
    assert told() == [("fired", "mail"), ("no data", "mail")]
    assert Firing.objects.get().ended_at is None


def test_that_data_stop_and_come_again_stands_in_the_ledger_and_is_told_once_also_after_a_restart(cast):
    one = alert(cast.alice, (destination(cast.alice),), tells_no_data=True)
    decided(one, 99, None)
    found = decided(one, None, start=5)
    assert found.state.blind_since == START + S
    decided(one, 98, 97, start=8)
    decided(one, None, start=20, last=97)
    steps = [("armed", 0), ("no data", 1), ("data", 8), ("no data", 20)]
    assert [(one.what, (one.at - START) // S) for one in Step.objects.order_by("id")] == steps
    assert told() == [("no data", "mail")] * 2
    assert why(one, START + 4 * S).verdict == "no data"
    assert why(one, START + 15 * S).verdict == "not true"
    one.edit(START + 30 * S, threshold=D(200))
    assert one.blind_since is None


def test_missing_data_of_long_ago_and_of_what_has_no_data_are_not_told(cast):
    one = alert(cast.alice, (destination(cast.alice),), tells_no_data=True)
    decided(one, 99, None, late=7 * 3600)
    other = alert(
        cast.alice, (destination(cast.alice, "b"),), tells_no_data=True, metric="trade", expires_at=START
    )
    decided(other, None)
    assert told() == []
    assert [step.what for step in Step.objects.order_by("id")] == ["armed", "no data", "expired"]


def test_while_it_is_snoozed_missing_data_are_not_told(cast):
    one = alert(cast.alice, (destination(cast.alice),), tells_no_data=True, snoozed_until=START + 100 * S)
    decided(one, 99, None)
    assert told() == []


def test_nobody_hears_that_something_is_over_of_which_he_was_not_told(cast):
    one = alert(cast.alice, (destination(cast.alice),), tells_recovery=True)
    decided(one, 99, 101)
    Firing.objects.update(late_by=7 * 3600 * S)
    Delivery.objects.all().delete()
    decided(one, 99, start=7 * 3600, last=101)
    assert Firing.objects.get().end_reason == "recovered"
    assert told() == []


def test_the_same_occurrence_fires_once_however_often_it_is_repeated(cast):
    one = alert(cast.alice, (destination(cast.alice),), metric="trade", threshold=D(1000))
    happened = [
        Occurrence("trade", "BTC", f"BTC:{n}", START + n, START + n + 50, D(5000), f"trade {n}") for n in (1, 2, 1)
    ]
    for _ in range(2):
        decide([Work(one.pk, one.figure, None, (), tuple(happened))], START + 100)
    rows = Firing.objects.order_by("arm").values_list("arm", "identity", "text", "exchange_at", "received_at")
    assert list(rows) == [
        (1, "BTC:1", "trade 1", START + 1, START + 51),
        (2, "BTC:2", "trade 2", START + 2, START + 52),
    ]
    assert told() == [("fired", "mail")] * 2


def test_what_a_cooldown_held_back_stays_so_when_it_is_heard_again_after_a_restart(cast):
    """Then it is older than a later firing, whose cooldown says nothing about it."""
    one = alert(cast.alice, (destination(cast.alice),), metric="trade", threshold=D(1000), cooldown=100)
    happened = [
        Occurrence("trade", "BTC", f"BTC:{n}", START + n, START + n, D(5000), f"trade {n}") for n in (1, 60, 300)
    ]
    for heard in (*((what,) for what in happened), tuple(happened)):
        decide([Work(one.pk, one.figure, None, (), heard)], START + 400)
    assert list(Firing.objects.order_by("arm").values_list("identity", flat=True)) == ["BTC:1", "BTC:300"]
    one.refresh_from_db()
    assert one.fired_at == START + 300


def test_one_that_comes_late_for_the_first_time_fires_and_the_cooldown_goes_on_from_the_newest(cast):
    one = alert(cast.alice, (destination(cast.alice),), metric="trade", threshold=D(1000), cooldown=100)
    for n in (300, 60, 350):
        what = Occurrence("trade", "BTC", f"BTC:{n}", START + n, START + n, D(5000), f"trade {n}")
        decide([Work(one.pk, one.figure, None, (), (what,))], START + 400)
    assert list(Firing.objects.order_by("arm").values_list("identity", flat=True)) == ["BTC:300", "BTC:60"]


def test_an_occurrence_from_before_the_rule_counted_fires_nothing(cast):
    one = alert(cast.alice, metric="fill", address="", threshold=D(0))
    Alert.objects.filter(pk=one.pk).update(seen_at=START)
    old = Occurrence("fill", "user/", "f1", START - 1, START + 5, D(5), "a fill")
    decide([Work(one.pk, one.figure, None, (), (old,))], START)
    assert not Firing.objects.exists()


def test_values_of_a_figure_that_the_alert_no_longer_has_mean_nothing(cast):
    one = alert(cast.alice)
    before = work(one, 99, 101)
    one.edit(START, coin="ETH")
    found = decide([before], START + S)[0]
    assert found.figure.subject == "ETH"
    assert not Firing.objects.exists()


@pytest.mark.parametrize("change", ["paused", "deleted", "disabled"])
def test_an_alert_that_is_paused_or_gone_is_not_watched_any_more(cast, change):
    one = alert(cast.alice)
    late = work(one, 99, 101)
    if change == "paused":
        one.edit(START, is_active=False)
    elif change == "deleted":
        one.delete()
    else:
        type(cast.alice).objects.filter(pk=cast.alice.pk).update(is_active=False)
    assert decide([late], START + S)[0].figure is None
    assert not Firing.objects.exists()


def test_an_edited_condition_ends_the_episode_and_begins_anew(cast):
    one = alert(cast.alice)
    decided(one, 99, 101)
    one.edit(START + 5 * S, threshold=D(200))
    assert (one.phase, one.version) == (NEW, 2)
    assert Firing.objects.get().end_reason == "changed"
    decided(one, 101, start=6)
    one.refresh_from_db()
    assert (one.phase, one.arm) == (WAITING, 1)


def test_another_note_changes_nothing_of_an_open_episode(cast):
    one = alert(cast.alice)
    decided(one, 99, 101)
    one.edit(START, note="watch this", cooldown=60 * S)
    assert one.phase == FIRED
    decided(one, 98, start=3)
    one.refresh_from_db()
    assert one.phase == RESTING


def lease_guard(number: int):
    """As the feed's: raises unless the lease still has this number."""

    def guard() -> None:
        if not Lease.objects.select_for_update().filter(name="feed", number=number).exists():
            raise PermissionError("another feed leads")

    return guard


def test_a_leader_that_was_overtaken_writes_nothing(cast):
    Lease.objects.create(name="feed", number=8)
    one = alert(cast.alice, (destination(cast.alice),))
    with pytest.raises(Overtaken, match="another feed leads"):
        decided(one, 99, 101, guard=lease_guard(7))
    assert not Firing.objects.exists()
    assert decided(one, 99, 101, guard=lease_guard(8)).state.phase == FIRED


def test_a_batch_that_failed_may_be_tried_again(cast):
    one = alert(cast.alice, (destination(cast.alice),))
    with pytest.raises(RuntimeError), transaction.atomic():
        decided(one, 99, 101)
        raise RuntimeError("the connection broke before the commit")
    decided(one, 99, 101)
    assert (Firing.objects.count(), Delivery.objects.count()) == (1, 1)


def test_a_thousand_firings_cost_no_more_statements_than_one(cast):
    def count(alerts: list[Alert]) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            decide([work(one, 99, 101) for one in alerts], START + S)
        return len(queries)

    mail = destination(cast.alice)
    first = [alert(cast.alice, (mail,))]
    many = [alert(cast.alice, (mail,)) for _ in range(60)]
    few, more = count(first), count(many)
    # executemany is reported as one statement a row by neither database
    assert more <= few + 2
    assert Firing.objects.count() == 61


def test_an_edited_note_forgets_no_occurrence_but_what_happened_during_a_pause_stays_unsaid(cast):
    one = alert(cast.alice, metric="fill", address="", threshold=D(0))

    def fills(*moments: int) -> list[str]:
        some = [Occurrence("fill", "user/", f"f{at}", START + at, START + at, D(5), "a fill") for at in moments]
        decide([Work(one.pk, one.figure, None, (), tuple(some))], START + 100)
        return list(Firing.objects.order_by("id").values_list("identity", flat=True))

    changed(START, no_guard)
    one.edit(START + 20, note="mine")
    changed(START + 21, no_guard)
    assert fills(10) == ["f10"], "it came late, from before the edit"
    one.edit(START + 30, is_active=False)
    one.edit(START + 50, is_active=True)
    changed(START + 51, no_guard)
    assert fills(10, 40, 60) == ["f10", "f60"]
