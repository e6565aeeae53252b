"""Slot: one figure in memory, and the alerts that wait for its values."""

from decimal import Decimal

from alerts.figure import Figure, Seen, Unheard
from alerts.ladder import Ladder
from alerts.rule import ABOVE, BELOW, DONE, HOLDING, NEW, Rule, State
from alerts.waiting import bounds, due

JOURNAL = 1000
"""Past so many values the journal forgets what nobody needs any more."""


class Touch:
    """An alert that is being decided: by what its figure showed since ``start``, a place in the journal.

    ``last`` is the value that stood before.
    """

    __slots__ = ("last", "start")

    def __init__(self, start: int, last: Decimal | None) -> None:
        self.start, self.last = start, last


class Slot:
    """``value`` is the last one (None: no data, or, unless ``is_heard``, none yet). Each alert is on a ladder, in
    ``fresh`` (it waits for any value), in none (it waits for a moment) or in ``busy`` (it is being decided).
    ``watchers`` are told when there are no data.

    ``rise`` and ``fall`` are the nearest bounds: a value between them costs two comparisons.
    """

    __slots__ = (
        "_base",
        "busy",
        "down",
        "fall",
        "figure",
        "fresh",
        "holding",
        "is_heard",
        "journal",
        "rise",
        "up",
        "value",
        "watchers",
    )

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.value: Decimal | None = None
        self.is_heard = False
        self.up, self.down = Ladder(ABOVE), Ladder(BELOW)
        self.rise, self.fall = self.up.nearest, self.down.nearest
        self.fresh: set[int] = set()
        self.holding: set[int] = set()
        self.watchers: set[int] = set()
        self.busy: dict[int, Touch] = {}
        self.journal: list[Seen] = []
        self._base = 0

    def take(self, at: int, value: Decimal | None) -> list[int]:
        """The next value; alerts that it touches, which are busy from now on."""
        last, self.value, self.is_heard = self.value, value, True
        if value is None:
            touched = [*(self.holding | self.watchers) - self.busy.keys()]
            self.pull(set(touched))
        else:
            number = float(value)
            if self.fall < number < self.rise and not self.fresh:
                if self.busy:
                    self.journal.append(Seen(at, value))
                return []
            touched = [*self.up.take(number), *self.down.take(number), *self.fresh]
            self.fresh.clear()
            self.measure()
        if touched or self.busy:
            self.journal.append(Seen(at, value))
        self.occupy(touched, self._base + len(self.journal) - 1, last)
        return touched

    def touch(self, alerts: set[int], at: int) -> None:
        """Decide about these at ``at``, though the value stands."""
        if self.journal:
            at = max(at, self.journal[-1].at)
        self.pull(alerts)
        is_known = self.value is not None or self.is_heard
        self.journal.append((Seen if is_known else Unheard)(at, self.value))
        self.occupy(alerts, self._base + len(self.journal) - 1, self.value)

    def occupy(self, alerts: "list[int] | set[int]", start: int, last: Decimal | None) -> None:
        """Mark them as being decided."""
        for alert in alerts:
            self.holding.discard(alert)
            self.busy[alert] = Touch(start, last)

    def begin(self, alert: int) -> tuple[Decimal | None, tuple[Seen, ...]]:
        """What the alert is to be shown now; later values are kept for it."""
        touch = self.busy[alert]
        shown = (touch.last, tuple(self.journal[touch.start - self._base :]))
        self.busy[alert] = Touch(self._base + len(self.journal), self.value)
        return shown

    def finish(self, alert: int, rule: Rule, state: State) -> bool:
        """The alert has been decided: put it to its place, unless what came since concerns it (False)."""
        touch, moment = self.busy[alert], due(rule, state)
        since = self.journal[touch.start - self._base :]
        if since and moment is not None and moment <= since[-1].at:
            return False
        if any(concerns(rule, state, seen.value) for seen in since):
            return False
        self.release(alert)
        self.place(alert, rule, state)
        return True

    def release(self, alert: int) -> None:
        """The alert is not being decided any more."""
        self.busy.pop(alert, None)
        if not self.busy:
            self._base += len(self.journal)
            self.journal.clear()
        elif len(self.journal) > JOURNAL:
            needed = min(touch.start for touch in self.busy.values())
            del self.journal[: needed - self._base]
            self._base = needed

    def place(self, alert: int, rule: Rule, state: State) -> None:
        """Where the alert waits from now on."""
        if state.phase == NEW or (state.phase != DONE and state.blind_since is not None):
            self.fresh.add(alert)
        elif edge := bounds(rule, state):
            (self.up if edge[0] == ABOVE else self.down).add(float(edge[1]), alert)
            self.measure()
        if state.phase == HOLDING:
            self.holding.add(alert)
        (self.watchers.add if waits_for_silence(rule, state) else self.watchers.discard)(alert)

    def pull(self, alerts: set[int]) -> None:
        """Take alerts from where they wait."""
        self.up.discard(alerts)
        self.down.discard(alerts)
        self.fresh -= alerts
        self.holding -= alerts
        self.measure()

    def measure(self) -> None:
        """After any change of the ladders."""
        self.rise, self.fall = self.up.nearest, self.down.nearest

    def __len__(self) -> int:
        return len(self.up) + len(self.down) + len(self.fresh) + len(self.busy)


def concerns(rule: Rule, state: State, value: Decimal | None) -> bool:
    """Whether a value could change something: the same question that the ladders answer, of one alert."""
    if value is None:
        return state.phase == HOLDING or waits_for_silence(rule, state)
    if state.phase == NEW or (state.phase != DONE and state.blind_since is not None):
        return True
    edge = bounds(rule, state)
    if edge is None:
        return False
    side, bound = edge
    return float(value) >= float(bound) if side == ABOVE else float(value) <= float(bound)


def waits_for_silence(rule: Rule, state: State) -> bool:
    """Whether it is to be noted when data stop."""
    return rule.tells_no_data and state.blind_since is None and state.phase != DONE
