"""Watch: all alerts in memory, and which of them the next value, occurrence or moment concerns. No database.

An alert costs an entry on a ladder and one in ``slot_of``: its rule and state are read when it is touched.
"""

from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from math import inf

from alerts.figure import Figure, Occurrence, Seen
from alerts.ladder import Ladder
from alerts.metrics import METRICS
from alerts.metrics.metric import COIN
from alerts.rule import ABOVE
from alerts.slot import Slot, concerns
from alerts.waiting import due, is_over
from alerts.work import Watched, Work

STALE_TIMERS = 10_000
"""So many moments that do not count any more may lie about."""
HEARD_MS, ACCOUNT_HEARD_MS = 10_000, 660_000
"""An alert on what happens is over so long after its end, since what happened before may be heard later: a trade
at once, a fill of an account that is polled every ten minutes (``exchange.following``) only then."""


class Watch:
    """``made`` is told of each new slot, so that whoever knows the figure fills it.

    It watches since ``began``, Unix ms.
    """

    def __init__(self, made: Callable[[Slot], None] = lambda slot: None, began: int = 0) -> None:
        self.made, self.began = made, began
        self.slots: dict[Figure, Slot] = {}
        self.slot_of: dict[int, Slot] = {}
        self.shelves: dict[Figure, Ladder] = {}
        self.shelved: dict[int, Figure] = {}
        self.timers: list[tuple[int, int]] = []
        self.moments: dict[int, int] = {}
        self.now = 0
        self._waiting: dict[int, None] = {}
        self._happened: dict[int, list[Occurrence]] = {}
        self._over: dict[int, int] = {}
        self._flying: int | None = None

    def __len__(self) -> int:
        return len(self.slot_of) + len(self.shelved)

    def __contains__(self, alert: int) -> bool:
        return alert in self.slot_of or alert in self.shelved

    @property
    def oldest(self) -> int | None:
        """When the oldest of what is not decided yet was seen, Unix ms; None: all is decided."""
        seen = [slot.journal[0].at for slot in self.slots.values() if slot.journal]
        happened = [some[0].received_at for some in self._happened.values()]
        flying = [] if self._flying is None else [self._flying]
        moments = [moment for moment, _ in self.timers[:1] if moment <= self.now]
        return min([*seen, *happened, *flying, *moments, *self._over.values()], default=None)

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be decided."""
        return not (self._waiting or self._happened or self._over)

    # What comes ----------------------------------------------------------------------------------

    def touched(self, alerts: Iterable[int]) -> None:
        """These are busy, and wait to be decided."""
        self._waiting.update(dict.fromkeys(alerts))

    def happen(self, what: Occurrence, subjects: Iterable[str]) -> None:
        """Something happened to one or more subjects."""
        value = inf if what.value is None else float(what.value)
        for subject in subjects:
            if shelf := self.shelves.get(Figure(what.metric, subject)):
                for alert in shelf.reached(value):
                    self._happened.setdefault(alert, []).append(what)

    def pass_time(self, now: int) -> None:
        """Alerts whose moment has come are to be decided. To be called before a value of ``now`` is taken."""
        self.now = now = max(now, self.now)
        ripe: dict[tuple[int, Slot], set[int]] = {}
        while self.timers and self.timers[0][0] <= now:
            moment, alert = heappop(self.timers)
            if self.moments.get(alert) == moment:
                del self.moments[alert]
                slot = self.slot_of.get(alert)
                if slot is None:
                    self._over[alert] = now
                elif alert not in slot.busy:  # who is being decided is placed anew afterwards
                    ripe.setdefault((moment, slot), set()).add(alert)
        for (moment, slot), alerts in ripe.items():
            slot.touch(alerts, moment)
            self.touched(alerts)

    # Deciding ------------------------------------------------------------------------------------

    def batch(self, most: int) -> list[Work]:
        """What is to be decided next, oldest first; of these, later values are kept until ``settle``."""
        batch = []
        for alert in list(self._waiting)[:most]:
            del self._waiting[alert]
            slot = self.slot_of[alert]
            batch.append(Work(alert, slot.figure, *slot.begin(alert)))
        for alert in list(self._happened | self._over)[: most - len(batch)]:
            happened, over = tuple(self._happened.pop(alert, ())), self._over.pop(alert, None)
            if figure := self.shelved.get(alert):
                batch.append(Work(alert, figure, None, () if over is None else (Seen(over, None),), happened))
        self._flying = min((what.received_at for work in batch for what in work.occurrences), default=None)
        return batch

    def settle(self, rows: Iterable[Watched]) -> None:
        """Those have been decided."""
        self._flying = None
        for watched in rows:
            slot = self.slot_of.get(watched.alert)
            if slot is None or watched.rule is None or watched.state is None or slot.figure != watched.figure:
                self.put(watched)
            elif is_over(watched.rule, watched.state):
                self.drop({watched.alert})
            elif watched.alert not in slot.busy:  # it was edited meanwhile
                self.put(watched)
            elif slot.finish(watched.alert, watched.rule, watched.state):
                self._waiting.pop(watched.alert, None)
                self._notice(watched)
            else:
                self.touched([watched.alert])

    def put(self, watched: Watched) -> None:
        """Watch this alert from now on, as it is; what it was before is forgotten."""
        self.drop({watched.alert})
        rule, state = watched.rule, watched.state
        if watched.figure is None or rule is None or state is None or is_over(rule, state):
            return
        if rule.is_occurrence:
            self.shelved[watched.alert] = watched.figure
            shelf = self.shelves.setdefault(watched.figure, Ladder(ABOVE))
            shelf.add(float(rule.threshold), watched.alert)
            if (moment := due(rule, state)) is not None:
                late = HEARD_MS if METRICS[watched.figure.metric].scope == COIN else ACCOUNT_HEARD_MS
                self._set_timer(watched.alert, max(moment, self.began) + late)
            return
        slot = self.slot(watched.figure)
        self.slot_of[watched.alert] = slot
        if (slot.value is not None or slot.is_heard) and concerns(rule, state, slot.value):
            slot.touch({watched.alert}, self.now)
            self.touched([watched.alert])
        else:
            slot.place(watched.alert, rule, state)
        self._notice(watched)

    def drop(self, alerts: set[int]) -> None:
        """Watch these no more."""
        for slot in {self.slot_of[alert] for alert in alerts & self.slot_of.keys()}:
            busy = alerts & slot.busy.keys()
            for alert in busy:
                slot.release(alert)
            if len(busy) < len(alerts):  # who is busy is on no ladder, and ladders are long
                slot.pull(alerts - busy)
            slot.watchers -= alerts
        for figure in {self.shelved[alert] for alert in alerts & self.shelved.keys()}:
            self.shelves[figure].discard(alerts)
        for alert in alerts:
            self.slot_of.pop(alert, None)
            self.shelved.pop(alert, None)
            self._waiting.pop(alert, None)
            self.moments.pop(alert, None)
            self._over.pop(alert, None)

    def slot(self, figure: Figure) -> Slot:
        """The slot of a figure, made when it is first wanted."""
        slot = self.slots.get(figure)
        if slot is None:
            slot = self.slots[figure] = Slot(figure)
            self.made(slot)
        return slot

    def _notice(self, watched: Watched) -> None:
        """The moment that the alert waits for."""
        moment = due(watched.rule, watched.state) if watched.rule and watched.state else None
        if moment is None:
            self.moments.pop(watched.alert, None)
        else:
            self._set_timer(watched.alert, moment)

    def _set_timer(self, alert: int, moment: int) -> None:
        """The one moment at which time alone changes something for this alert."""
        if self.moments.get(alert) != moment:
            self.moments[alert] = moment
            heappush(self.timers, (moment, alert))
            if len(self.timers) > 2 * len(self.moments) + STALE_TIMERS:
                self.timers = sorted((when, one) for one, when in self.moments.items())
