"""Random rules and histories, and ways to drive a machine, for comparison."""

from collections.abc import Iterable
from decimal import Decimal

from hypothesis import strategies as st

from alerts.figure import Seen
from alerts.machine import Machine
from alerts.rule import ABOVE, BELOW, Rule, State, Transition
from alerts.slot import concerns
from alerts.waiting import due

D = Decimal

rules = st.builds(
    lambda side, gap, **more: Rule(D(10), side, D(10) - side * D(gap) / 2 if gap else None, **more),
    st.sampled_from([ABOVE, BELOW]),
    st.integers(0, 6),
    hold=st.sampled_from([0, 0, 1, 3, 7]),
    cooldown=st.sampled_from([0, 0, 2, 9]),
    repeats=st.booleans(),
    needs_crossing=st.booleans(),
    expires_at=st.none() | st.integers(0, 80),
    snoozed_until=st.none() | st.integers(0, 40),
    remind_every=st.sampled_from([0, 0, 5]),
    escalate_after=st.sampled_from([0, 0, 4]),
    tells_no_data=st.booleans(),
)
histories = st.lists(
    st.tuples(st.integers(1, 6), st.none() | st.integers(10, 30).map(lambda half: D(half) / 2)), max_size=40
).map(lambda steps: [Seen(sum(step[0] for step in steps[: n + 1]), steps[n][1]) for n in range(len(steps))])


def shown(rule: Rule, history: Iterable[Seen], since: int = 0, last: Decimal | None = None) -> list[Transition]:
    """All transitions of a machine that is shown every value; the rule was made ``since``, when ``last`` stood."""
    machine = Machine(rule, State(since=since))
    machine.show(history, last)
    return machine.made


def screened(rule: Rule, history: Iterable[Seen]) -> list[Transition]:
    """Those of one that is shown only values past its bounds, as the ladder would, and due moments."""
    machine, last = Machine(rule, State()), None
    for seen in history:
        while (moment := due(rule, machine.state)) is not None and moment <= seen.at:
            machine.pass_time(moment, last)
        if concerns(rule, machine.state, seen.value):
            machine.show([seen], last)
        last = seen.value
    return machine.made


def words(made: Iterable[Transition]) -> set[str]:
    return {one.what for one in made}
