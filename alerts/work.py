"""Work and Watched: what is asked of whoever decides, and what he answers."""

from typing import NamedTuple

from alerts.figure import Figure, Occurrence, Seen
from alerts.rule import Rule, State


class Work(NamedTuple):
    """What has to be decided of one alert: values of ``figure`` after ``last``, or occurrences, in order."""

    alert: int
    figure: Figure
    last: object
    seen: tuple[Seen, ...]
    occurrences: tuple[Occurrence, ...] = ()


class Watched(NamedTuple):
    """An alert as it now is; ``figure`` of None: there is nothing to watch any more."""

    alert: int
    figure: Figure | None
    rule: Rule | None = None
    state: State | None = None
