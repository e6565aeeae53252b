"""The state machine of one alert: what it does in each phase, and that the ladder's screen loses nothing."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given

from alerts.figure import Seen
from alerts.machine import WORDS, Machine
from alerts.rule import ALREADY, BELOW, DONE, FIRED, HOLDING, NEW, RESTING, WAITING, Rule, State
from alerts.waiting import bounds, due
from tests.alerts.driving import histories, rules, screened, shown, words

D = Decimal

S = 1000


def run(rule: Rule, *seen: tuple[int, object], state: State | None = None) -> list[tuple[str, int]]:
    """What happened, in seconds, for values at seconds."""
    machine = Machine(rule, state or State())
    machine.show([Seen(at * S, None if value is None else D(value)) for at, value in seen])
    return [(made.what, made.at // S) for made in machine.made]


def test_it_fires_once_when_the_price_crosses_and_tells_when_it_came_back():
    rule = Rule(D(100))
    assert run(rule, (0, 99), (1, 100), (2, 101), (3, 99), (4, 100)) == [
        ("armed", 0),
        ("fired", 1),
        ("recovered", 3),
        ("fired", 4),
    ]


def test_below_is_the_mirror_of_above():
    rule = Rule(D(100), side=BELOW, recovery=D(101))
    assert run(rule, (0, 102), (1, 100), (2, "100.5"), (3, 101)) == [("armed", 0), ("fired", 1), ("recovered", 3)]


def test_what_is_true_from_the_start_has_to_become_false_first():
    assert run(Rule(D(100)), (0, 105), (1, 106), (2, 99), (3, 100)) == [("already", 0), ("armed", 2), ("fired", 3)]


def test_a_rule_that_needs_no_crossing_fires_at_its_first_value():
    assert run(Rule(D(100), needs_crossing=False), (0, 105)) == [("fired", 0)]


def test_inside_the_hysteresis_nothing_happens_again():
    rule = Rule(D(100), recovery=D(98))
    seen = [(0, 97), (1, 100), (2, 99), (3, 100), (4, "98.1"), (5, 100), (6, 98), (7, 100)]
    assert run(rule, *seen) == [("armed", 0), ("fired", 1), ("recovered", 6), ("fired", 7)]


def test_the_cooldown_counts_from_the_firing_and_ends_with_a_look_at_the_value():
    rule = Rule(D(100), cooldown=10 * S)
    seen = [(0, 99), (1, 100), (2, 99), (3, 100), (20, 100)]
    assert run(rule, *seen) == [
        ("armed", 0),
        ("fired", 1),
        ("recovered", 2),
        ("cooldown", 2),
        ("rested", 11),
        ("fired", 11),
    ]


def test_a_cooldown_that_was_over_before_the_recovery_holds_nothing_back():
    assert run(Rule(D(100), cooldown=2 * S), (0, 99), (1, 100), (9, 99), (10, 100))[-2:] == [
        ("recovered", 9),
        ("fired", 10),
    ]


def test_the_minimum_hold_fires_at_its_own_moment_whoever_asks_when():
    rule = Rule(D(100), hold=5 * S)
    assert run(rule, (0, 99), (1, 100), (30, 100)) == [("armed", 0), ("true", 1), ("fired", 6)]


def test_a_hold_that_breaks_starts_again():
    rule = Rule(D(100), hold=5 * S)
    seen = [(0, 99), (1, 100), (3, 99), (4, 101), (9, 101)]
    assert run(rule, *seen) == [("armed", 0), ("true", 1), ("broke", 3), ("true", 4), ("fired", 9)]


def test_data_that_stop_during_a_hold_prove_nothing():
    rule = Rule(D(100), hold=5 * S)
    assert run(rule, (0, 99), (1, 100), (2, None), (20, None), (30, 100), (36, 100)) == [
        ("armed", 0),
        ("true", 1),
        ("blind", 2),
        ("true", 30),
        ("fired", 35),
    ]


def test_no_data_is_never_recovery_and_fires_nothing():
    assert run(Rule(D(100)), (0, 99), (1, 100), (2, None), (500, None), (501, 100), (502, 99)) == [
        ("armed", 0),
        ("fired", 1),
        ("recovered", 502),
    ]


def test_once_is_over_with_its_recovery():
    seen = [(0, 99), (1, 100), (2, 99), (3, 100)]
    assert run(Rule(D(100), repeats=False), *seen) == [("armed", 0), ("fired", 1), ("recovered", 2), ("once", 2)]


def test_expiry_comes_at_its_own_moment_and_ends_everything():
    assert run(Rule(D(100), expires_at=5 * S), (0, 99), (9, 100), (10, 99)) == [("armed", 0), ("expired", 5)]


def test_a_snoozed_alert_looks_again_when_the_snooze_is_over():
    rule = Rule(D(100), snoozed_until=10 * S)
    assert run(rule, (0, 99), (1, 100), (20, 100)) == [("armed", 0), ("snoozed", 1), ("rested", 10), ("fired", 10)]
    assert run(rule, (0, 99), (1, 100), (5, 99), (20, 99)) == [("armed", 0), ("snoozed", 1), ("rested", 10)]


def test_a_snooze_that_begins_during_a_hold_holds_the_firing_back():
    rule = Rule(D(100), hold=5 * S, snoozed_until=10 * S)
    holding = State(HOLDING, since=1 * S)
    assert run(rule, (2, 100), (20, 100), state=holding)[0] == ("snoozed", 6)


def test_reminders_go_on_until_it_is_acknowledged_also_after_it_has_recovered():
    rule = Rule(D(100), remind_every=10 * S)
    assert run(rule, (0, 99), (1, 100), (25, 100), (26, 99), (45, 99)) == [
        ("armed", 0),
        ("fired", 1),
        ("reminder", 11),
        ("reminder", 21),
        ("recovered", 26),
        ("reminder", 31),
        ("reminder", 41),
    ]
    for phase in (FIRED, WAITING, RESTING, DONE):
        acknowledged = State(phase, since=S, arm=3, fired_at=S, acknowledged=3)
        assert "reminder" not in dict(run(rule, (2, 99), (60, 99), state=acknowledged))


def test_what_was_to_fire_once_and_is_over_still_reminds_and_escalates_and_fires_no_more():
    rule = Rule(D(100), repeats=False, remind_every=10 * S, escalate_after=15 * S)
    assert run(rule, (0, 99), (1, 100), (2, 99), (3, 100), (25, 99))[2:] == [
        ("recovered", 2),
        ("once", 2),
        ("reminder", 11),
        ("escalated", 16),
        ("reminder", 21),
    ]


def test_the_next_episode_is_reminded_of_from_its_own_begin_and_the_one_before_no_more():
    rule = Rule(D(100), remind_every=10 * S)
    assert run(rule, (0, 99), (1, 100), (2, 99), (8, 100), (20, 100))[2:] == [
        ("recovered", 2),
        ("fired", 8),
        ("reminder", 18),
    ]


def test_expiry_ends_reminders_and_those_that_were_due_during_a_snooze_are_one():
    rule = Rule(D(100), remind_every=10 * S, expires_at=75 * S, snoozed_until=45 * S)
    open_one = State(FIRED, since=S, arm=1, fired_at=S)
    assert run(rule, (2, 100), (200, 100), state=open_one) == [
        ("reminder", 45),
        ("reminder", 51),
        ("reminder", 61),
        ("reminder", 71),
        ("expired", 75),
    ]


def test_escalation_comes_once_and_not_while_snoozed():
    rule = Rule(D(100), escalate_after=10 * S)
    assert run(rule, (0, 99), (1, 100), (60, 100))[2:] == [("escalated", 11)]
    snoozed = Rule(D(100), escalate_after=10 * S, snoozed_until=30 * S)
    open_one = State(FIRED, since=S, arm=1, fired_at=S)
    assert run(snoozed, (2, 100), (60, 100), state=open_one) == [("escalated", 30)]


def missed(rule: Rule, told_from: int, *seen: tuple[int, object]) -> list[tuple[str, int]]:
    """As ``run``, where what was before ``told_from`` is too late."""
    machine = Machine(rule, State(), told_from * S)
    machine.show([Seen(at * S, None if value is None else D(value)) for at, value in seen])
    return [(made.what, made.at // S) for made in machine.made]


def test_what_is_found_out_too_late_is_noted_each_time_by_the_rule_s_own_hysteresis():
    rule = Rule(D(100), recovery=D(98))
    seen = [(0, 97), (1, 100), (2, 99), (3, 100), (4, 98), (5, 100), (6, 97), (60, 97), (61, 100)]
    assert missed(rule, 50, *seen) == [("armed", 0), ("too late", 1), ("too late", 5), ("fired", 61)]


@pytest.mark.parametrize("last", [10, 49, 50, 70])
def test_what_still_stands_when_it_can_be_told_fires_then(last):
    assert missed(Rule(D(100)), 50, (0, 99), (1, 100), (last, 101))[1:] == [("too late", 1), ("fired", 50)]
    assert missed(Rule(D(100), expires_at=40 * S), 50, (0, 99), (1, 100), (last, 101))[1:] == [
        ("too late", 1),
        ("expired", 40),
    ]
    blind = missed(Rule(D(100)), 50, (0, 99), (1, 100), (9, None), (80, 100))
    assert blind[1:] == [("too late", 1), ("fired", 80)]


def test_a_hold_that_ends_when_it_can_be_told_is_told():
    assert missed(Rule(D(100), hold=20 * S), 50, (0, 99), (35, 100), (80, 100))[1:] == [
        ("true", 35),
        ("fired", 55),
    ]


@given(rules, histories, histories)
def test_nothing_but_firing_is_different_for_what_is_too_late(rule, past, present):
    """The same crossings, and nothing fires before its time."""
    if not past:
        return
    told_from = past[-1].at + 1
    machine = Machine(rule, State(), told_from)
    machine.show([*past, *(Seen(told_from + seen.at, seen.value) for seen in present)])
    assert all(one.at >= told_from for one in machine.made if one.what == "fired")
    assert all(one.at < told_from for one in machine.made if one.what == "too late")
    assert all(before.at <= after.at for before, after in pairwise(machine.made))


def test_each_occurrence_of_enough_value_fires():
    machine = Machine(Rule(D(1000), is_occurrence=True), State(WAITING))
    assert [machine.occur(at * S, D(value)) for at, value in ((1, 999), (2, 1000), (2, 5000))] == [
        False,
        True,
        True,
    ]
    assert machine.state.arm == 2


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        (Rule(D(0), is_occurrence=True, cooldown=5 * S), "quiet"),
        (Rule(D(0), is_occurrence=True, snoozed_until=5 * S), "snoozed"),
        (Rule(D(0), is_occurrence=True, expires_at=3 * S), "expired"),
    ],
)
def test_an_occurrence_that_is_held_back_says_why(rule, word):
    machine = Machine(rule, State(WAITING, arm=1, fired_at=1 * S))
    assert not machine.occur(4 * S, D(1))
    assert [made.what for made in machine.made] == [word]


def test_an_occurrence_alert_for_once_is_over_after_the_first():
    machine = Machine(Rule(D(0), is_occurrence=True, repeats=False), State(WAITING))
    assert [machine.occur(1, None), machine.occur(2, None)] == [True, False]
    assert machine.state.phase == DONE


@given(rules, histories)
def test_only_values_past_the_bounds_and_due_moments_can_change_anything(rule, history):
    assert screened(rule, history) == shown(rule, history)


@given(rules, histories)
def test_arms_rise_by_one_and_episodes_never_overlap(rule, history):
    made = shown(rule, history)
    episodes = [one for one in made if one.what in ("fired", "recovered")]
    assert [one.arm for one in episodes] == [1 + n // 2 for n in range(len(episodes))]
    assert [one.what for one in episodes] == [("fired", "recovered")[n % 2] for n in range(len(episodes))]
    assert all(before.at <= after.at for before, after in pairwise(made))
    assert words(made) <= WORDS.keys()


@given(rules, histories)
def test_what_fires_was_true_unsnoozed_and_in_time(rule, history):
    for one in shown(rule, history):
        if one.what == "fired":
            assert rule.is_true(one.value)
            assert one.at >= (rule.snoozed_until or 0)
            assert rule.expires_at is None or one.at < rule.expires_at


@given(rules, histories)
def test_a_state_has_bounds_or_a_due_moment_or_waits_for_its_first_value_or_is_over(rule, history):
    machine = Machine(rule, State())
    machine.show(history)
    phase = machine.state.phase
    assert phase in (NEW, DONE) or bounds(rule, machine.state) or due(rule, machine.state) is not None
    assert phase != RESTING or due(rule, machine.state) is not None
    assert phase != ALREADY or rule.needs_crossing
