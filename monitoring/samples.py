"""Samples: the measurements of this process, one of each service for each ten seconds, until they are stored.

Every process remembers and one of them writes (``monitoring/sampler.py``): so nothing is missing when another
takes over, and an outage of the database is on record afterwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from monitoring.health import Measured
from monitoring.line import Line, badness

SLOT_MS = 10_000
MOST_SLOTS = 2_160
"""Six hours of a database that is away."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The worst measurement within the ten seconds that begin at ``at``, Unix ms."""

    at: int
    line: Line


class Samples:
    """``take`` each round; ``dropped`` counts slots for which there was no room."""

    def __init__(self, most: int = MOST_SLOTS) -> None:
        self.most, self.dropped = most, 0
        self._slots: dict[int, dict[str, Sample]] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def take(self, measured: Measured) -> None:
        """One round of the monitor; the worst of a slot counts, of equals the newest."""
        at = measured.at // SLOT_MS * SLOT_MS
        slot = self._slots.setdefault(at, {})
        for name, line in measured.lines.items():
            if name not in slot or badness(line.state) >= badness(slot[name].line.state):
                slot[name] = Sample(at, line)
        while len(self._slots) > self.most:
            del self._slots[min(self._slots)]
            self.dropped += 1

    def complete(self, now: int) -> list[Sample]:
        """All samples of slots that are over at ``now``, in the order of time."""
        return [sample for at in sorted(self._slots) if at + SLOT_MS <= now for sample in self._slots[at].values()]

    def forget(self, slots: Iterable[int]) -> None:
        """They are stored, or too old to be wanted."""
        for at in list(slots):
            self._slots.pop(at, None)

    def forget_before(self, at: int) -> None:
        """Somebody else has stored them."""
        self.forget([slot for slot in self._slots if slot < at])
