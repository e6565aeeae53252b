"""Watching and deciding, without a database: the same transitions as a machine that is shown everything."""

from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.figure import Figure, Occurrence, Seen
from alerts.machine import Machine
from alerts.rule import BELOW, Rule, State
from alerts.waiting import is_over
from alerts.watch import ACCOUNT_HEARD_MS, HEARD_MS, Watch
from alerts.work import Watched, Work
from tests.alerts.driving import histories, rules, shown

D = Decimal
BTC = Figure("mark", "BTC")


class Desk:
    """Decides what a Watch asks for, with rules and states in a dict in place of rows."""

    def __init__(self, rules_of: dict[int, Rule]) -> None:
        self.watch = Watch()
        self.machines = {alert: Machine(rule, State()) for alert, rule in rules_of.items()}
        for alert, rule in rules_of.items():
            self.watch.put(Watched(alert, BTC, rule, State()))

    def see(self, seen: Seen) -> None:
        self.watch.pass_time(seen.at)
        slot = self.watch.slot(BTC)
        self.watch.touched(slot.take(*seen))

    def decide(self, batch: list[Work]) -> list[Watched]:
        for work in batch:
            machine = self.machines.get(work.alert)
            if machine is not None:  # as ``decide`` does it: what is older than the state is not shown
                old = [seen for seen in work.seen if seen.at < machine.state.since]
                machine.show(work.seen[len(old) :], old[-1].value if old else work.last)
        return [self.watched(work.alert) for work in batch]

    def watched(self, alert: int) -> Watched:
        machine = self.machines.get(alert)
        return Watched(alert, BTC, machine.rule, machine.state) if machine else Watched(alert, None)

    def edit(self, alert: int, rule: Rule | None, now: int) -> None:
        """Another rule, or none; the evaluator takes note."""
        self.machines.pop(alert, None)
        if rule is not None:
            self.machines[alert] = Machine(rule, State(since=now))
        self.watch.put(self.watched(alert))

    def settle_all(self, most: int = 2) -> None:
        while not self.watch.is_idle:
            self.watch.settle(self.decide(self.watch.batch(most)))


@given(st.lists(rules, min_size=1, max_size=6), histories, st.integers())
def test_whatever_is_decided_late_is_decided_as_if_every_value_had_been_shown_at_once(some, history, seed):
    """Values go on coming while batches are being decided, as they do when the database is slow."""
    desk, random = Desk(dict(enumerate(some))), Random(seed)
    open_batch: list[Work] | None = None
    for seen in history:
        desk.see(seen)
        if open_batch is not None and random.random() < 0.5:
            desk.watch.settle(desk.decide(open_batch))
            open_batch = None
        if open_batch is None and random.random() < 0.5:
            open_batch = desk.watch.batch(random.randint(1, 5))
    if open_batch is not None:
        desk.watch.settle(desk.decide(open_batch))
    desk.settle_all()
    for alert, rule in enumerate(some):
        assert desk.machines[alert].made == shown(rule, history)


@given(st.lists(rules, min_size=1, max_size=6), histories)
def test_each_alert_is_in_one_place_only(some, history):
    desk = Desk(dict(enumerate(some)))
    for seen in history:
        desk.see(seen)
        desk.settle_all()
        slot = desk.watch.slot(BTC)
        held = [*slot.up.ids, *slot.down.ids, *slot.fresh, *slot.busy]
        assert len(held) == len(set(held))
        assert set(held) <= desk.watch.slot_of.keys()
        over = {alert for alert, one in desk.machines.items() if is_over(one.rule, one.state)}
        assert desk.watch.slot_of.keys() == desk.machines.keys() - over
        assert not slot.journal


@given(st.lists(rules, min_size=2, max_size=5), histories, st.lists(st.none() | rules, max_size=6), st.integers())
def test_rules_that_change_or_go_while_others_and_themselves_are_being_decided(some, history, edits, seed):
    """Edits are made between two values, at odd times; values come at even ones."""
    history = [Seen(seen.at * 2, seen.value) for seen in history]
    desk, random = Desk(dict(enumerate(some))), Random(seed)
    shown_since = dict.fromkeys(range(len(some)), (history, 0, None))
    changes = {random.randrange(len(history) - 1): rule for rule in edits} if len(history) > 1 else {}
    open_batch: list[Work] | None = None
    for number, seen in enumerate(history):
        desk.see(seen)
        if open_batch is None and random.random() < 0.6:
            open_batch = desk.watch.batch(random.randint(1, 5))
        if number in changes:
            alert, at = random.randrange(len(some)), seen.at + 1
            desk.watch.pass_time(at)
            desk.edit(alert, changes[number], at)
            shown_since[alert] = ([Seen(at, seen.value), *history[number + 1 :]], at, seen.value)
        if open_batch is not None and random.random() < 0.6:
            desk.watch.settle(desk.decide(open_batch))
            open_batch = None
    if open_batch is not None:
        desk.watch.settle(desk.decide(open_batch))
    desk.settle_all()
    for alert, machine in desk.machines.items():
        assert machine.made == shown(machine.rule, *shown_since[alert])
    assert desk.watch.slot_of.keys() <= desk.machines.keys()


def test_a_value_that_touches_nobody_leaves_nothing_behind():
    desk = Desk({1: Rule(D(100))})
    for second, value in enumerate((90, 95, 99, 91)):
        desk.see(Seen(second, D(value)))
        desk.settle_all()
    assert desk.watch.is_idle
    assert len(desk.watch.slot(BTC)) == 1


def test_an_alert_that_is_dropped_or_moved_to_another_figure_is_touched_no_more():
    desk = Desk({1: Rule(D(100)), 2: Rule(D(100)), 3: Rule(D(100))})
    desk.see(Seen(1, D(90)))
    desk.settle_all()
    desk.watch.drop({1})
    other = Figure("mark", "ETH")
    desk.watch.put(Watched(2, other, Rule(D(5), BELOW), State("waiting")))
    desk.see(Seen(2, D(101)))
    assert [work.alert for work in desk.watch.batch(10)] == [3]
    desk.watch.touched(desk.watch.slot(other).take(3, D(5)))
    assert [work.alert for work in desk.watch.batch(10)] == [2]


def test_an_alert_that_is_dropped_while_it_is_being_decided_does_not_come_back():
    desk = Desk({1: Rule(D(100), needs_crossing=False)})
    desk.see(Seen(1, D(101)))
    batch = desk.watch.batch(10)
    desk.watch.drop({1})
    desk.watch.settle([Watched(work.alert, None) for work in batch])
    assert len(desk.watch) == 0


def test_the_journal_of_a_figure_that_is_always_busy_stays_short():
    desk = Desk({1: Rule(D(100)), 2: Rule(D(200), needs_crossing=False)})
    desk.see(Seen(0, D(90)))
    desk.settle_all()
    for second in range(1, 5000):
        desk.see(Seen(second, D(99 + second % 2 * 5)))
        desk.watch.settle(desk.decide(desk.watch.batch(1)))
    assert len(desk.watch.slot(BTC).journal) < 1100


def test_an_outage_touches_only_who_holds_or_wants_to_be_told():
    desk = Desk({1: Rule(D(100)), 2: Rule(D(50), hold=10)})
    tells = Rule(D(100), tells_no_data=True)
    desk.watch.put(Watched(3, BTC, tells, State()))
    desk.machines[3] = Machine(tells, State())
    desk.see(Seen(1, D(40)))
    desk.settle_all()
    desk.see(Seen(2, D(60)))
    desk.settle_all()
    desk.see(Seen(3, None))
    batch = desk.watch.batch(10)
    assert sorted(work.alert for work in batch) == [2, 3]
    desk.watch.settle(desk.decide(batch))
    assert [one.what for one in desk.machines[3].made] == ["armed", "no data"]
    desk.see(Seen(4, None))
    assert desk.watch.is_idle, "it is noted once"
    desk.see(Seen(5, D(60)))
    assert sorted(work.alert for work in desk.watch.batch(10)) == [2, 3]


def test_an_outage_that_begins_while_an_alert_is_being_decided_is_told_afterwards():
    watch, rule, state = Watch(), Rule(D(100), tells_no_data=True), State("waiting")
    watch.slot(BTC).take(1, D(99))
    watch.put(Watched(1, BTC, rule, state))
    watch.touched(watch.slot(BTC).take(2, D(101)))
    watch.batch(9)
    watch.touched(watch.slot(BTC).take(3, None))
    watch.settle([Watched(1, BTC, rule, State("fired", since=2))])
    assert [work.seen for work in watch.batch(9)] == [(Seen(3, None),)]
    watch.settle([Watched(1, BTC, rule, State("fired", since=2, blind_since=3))])
    assert watch.is_idle


@pytest.mark.parametrize(("value", "reached"), [(D(999), []), (D(1000), [1]), (None, [1, 2])])
def test_an_occurrence_touches_those_it_is_large_enough_for(value, reached):
    watch = Watch()
    for alert, least in ((1, 1000), (2, 5000)):
        watch.put(Watched(alert, Figure("trade", "BTC"), Rule(D(least), is_occurrence=True), State()))
    watch.happen(Occurrence("trade", "BTC", "BTC:1:2", 1, 2, value, "a trade"), ["BTC", "ETH"])
    assert [work.alert for work in watch.batch(10)] == reached


def test_an_alert_on_an_occurrence_is_looked_at_when_its_time_is_over_and_what_came_before_was_heard():
    watch, rule = Watch(began=1_000), Rule(D(1000), is_occurrence=True, expires_at=5_000)
    watch.put(Watched(1, Figure("trade", "BTC"), rule, State()))
    watch.put(Watched(2, Figure("fill", "0x1/"), rule, State()))
    watch.pass_time(5_000 + HEARD_MS - 1)
    assert watch.is_idle
    watch.happen(Occurrence("trade", "BTC", "BTC:1:2", 4_999, watch.now, D(1000), "a trade"), ["BTC"])
    watch.pass_time(5_000 + HEARD_MS)
    assert watch.oldest == 5_000 + HEARD_MS - 1
    (work,) = watch.batch(10)
    assert (work.alert, len(work.occurrences), [seen.at for seen in work.seen]) == (1, 1, [5_000 + HEARD_MS])
    watch.settle([Watched(1, None)])
    watch.pass_time(5_000 + ACCOUNT_HEARD_MS)
    assert [work.alert for work in watch.batch(10)] == [2]


def test_an_alert_on_an_occurrence_that_is_edited_or_dropped_when_its_time_is_over_is_not_looked_at_for_that():
    watch, rule = Watch(), Rule(D(1000), is_occurrence=True, expires_at=5_000)
    for alert in (1, 2):
        watch.put(Watched(alert, Figure("trade", "BTC"), rule, State()))
    watch.pass_time(5_000 + HEARD_MS)
    assert not watch.is_idle
    watch.put(Watched(1, Figure("trade", "BTC"), replace(rule, expires_at=None), State()))
    watch.drop({2})
    assert watch.is_idle
