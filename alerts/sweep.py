"""Sweeps: once a minute all alerts that should be watched are compared with those that are.

A rule that changed is known by its version within a second. What changes without one, as when an admin disables or
enables a user, or a row is deleted, comes right here. (A deleted alert fires nothing before: its row is missed.)
Figures that nobody watches any more are forgotten: windows may be of any length, so each edit may leave one.
"""

from collections.abc import Sequence
from typing import Protocol

from alerts.database_thread import DatabaseThread
from alerts.decide import watched_of
from alerts.models import Alert
from alerts.slot import Slot
from alerts.watch import Watch
from alerts.work import Watched
from exchange.clock import Clock

EVERY_SECONDS = 60.0
AT_ONCE = 5000


class Fills(Protocol):
    """What computes the values of slots."""

    def forget(self, slots: set[Slot]) -> None:
        """Fill these no more."""


class Sweep:
    """In a thread of its own, since a million keys take their time."""

    def __init__(self, watch: Watch, clock: Clock, fillers: Sequence[Fills] = ()) -> None:
        self.watch, self.clock, self.fillers = watch, clock, fillers
        self.thread = DatabaseThread("alerts sweep", clock)
        self.found = 0
        """How many had to be put right so far."""

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                await self.clock.sleep(EVERY_SECONDS)
                await self.sweep()
        finally:
            self.thread.close()

    async def sweep(self) -> None:
        """Once."""
        known = self._known()
        wanted = await self.thread.run(active)
        if gone := known - wanted:
            still = await self.thread.run(lambda: {watched.alert for watched in read(gone)})
            self.watch.drop(gone - still)
            self.found += len(gone - still)
        if missing := wanted - self._known():
            for watched in await self.thread.run(lambda: read(missing)):
                if watched.alert not in self.watch:  # a look may have been quicker
                    self.watch.put(watched)
                    self.found += watched.alert in self.watch

        self.tidy()

    def tidy(self) -> None:
        """Forget figures without alerts."""
        watch, used = self.watch, set(self.watch.slot_of.values())
        if unused := {slot for slot in watch.slots.values() if slot not in used}:
            for slot in unused:
                del watch.slots[slot.figure]
            for filler in self.fillers:
                filler.forget(unused)
        for figure in [figure for figure, shelf in watch.shelves.items() if not len(shelf)]:
            del watch.shelves[figure]

    def _known(self) -> set[int]:
        return self.watch.slot_of.keys() | self.watch.shelved.keys()


def active() -> set[int]:
    """Keys of all alerts that should be watched and have been noted."""
    return set(Alert.objects.watched().filter(seen_version__gt=0).values_list("pk", flat=True).iterator(AT_ONCE))


def read(numbers: set[int]) -> list[Watched]:
    """Those of them that should be watched, as they are."""
    ordered, found = sorted(numbers), []
    for start in range(0, len(ordered), AT_ONCE):
        rows = Alert.objects.watched().filter(pk__in=ordered[start : start + AT_ONCE])
        found += [watched_of(alert, alert.pk) for alert in rows]
    return found
