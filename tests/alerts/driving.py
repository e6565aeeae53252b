"""Ways to drive a machine, for comparison."""

from collections.abc import Iterable

from alerts.figure import Seen
from alerts.machine import Machine
from alerts.rule import ABOVE, HOLDING, NEW, Rule, State, Transition
from alerts.waiting import bounds, due


def shown(rule: Rule, history: Iterable[Seen]) -> list[Transition]:
    """All transitions of a machine that is shown every value."""
    machine = Machine(rule, State())
    machine.show(history)
    return machine.made


def screened(rule: Rule, history: Iterable[Seen]) -> list[Transition]:
    """Those of one that is shown only values past its bounds, as the ladder would, and due moments."""
    machine, last = Machine(rule, State()), None
    for seen in history:
        while (moment := due(rule, machine.state)) is not None and moment <= seen.at:
            machine.pass_time(max(moment, machine.state.since), last)
        if concerns(machine, seen):
            machine.show([seen], last)
        last = seen.value
    return machine.made


def concerns(machine: Machine, seen: Seen) -> bool:
    """Whether the ladder would touch it."""
    if seen.value is None:
        return machine.state.phase == HOLDING
    if machine.state.phase == NEW:
        return True
    edge = bounds(machine.rule, machine.state)
    if edge is None:
        return False
    side, bound = edge
    return float(seen.value) >= float(bound) if side == ABOVE else float(seen.value) <= float(bound)


def words(made: Iterable[Transition]) -> set[str]:
    return {one.what for one in made}
