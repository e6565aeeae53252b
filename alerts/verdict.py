"""Verdict: what one alert's machine did with its work, as rows to be written."""

from decimal import Decimal
from typing import NamedTuple

from alerts.figure import Occurrence
from alerts.machine import Machine
from alerts.models import Alert, Firing, Step
from alerts.rule import FIRED, Transition
from alerts.sentence import sentence

LATE_MS = 10_000
"""What is decided so long after it happened is told as "late by …"."""
TOO_LATE_MS = 6 * 3_600_000
"""What is older is a step in the ledger, no firing, and told to nobody."""
ENDS = ("recovered", "expired")
WRITTEN = ("phase", "since", "arm", "fired_at", "reminders", "escalated", "blind_since")
"""Columns of a state."""


class Ended(NamedTuple):
    """An episode that is over, and what is written of that."""

    alert: int
    arm: int
    row: tuple[int, Decimal | None, str]


class Verdict:
    """``firings`` and ``steps`` are new rows, ``ended`` open episodes that are over, ``told`` what is told."""

    def __init__(self, alert: Alert, machine: Machine, now: int) -> None:
        self.alert, self.machine, self.now = alert, machine, now
        self.firings: list[Firing] = []
        self.steps: list[Step] = []
        self.ended: list[Ended] = []
        self.told: list[tuple[Transition, Firing | None]] = []
        self._open = alert.phase == FIRED
        self._read = 0

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.machine.made)

    def occurred(self, what: Occurrence, has_fired: bool) -> None:
        """The machine has just been shown this."""
        made = self._new()
        for one in made:
            self._keep(one)
        if has_fired:
            firing = self._firing(made[-1], what.received_at)
            firing.identity, firing.text, firing.exchange_at = what.identity, what.text[:300], what.at
            firing.ended_at, firing.end_value, firing.end_reason = what.at, made[-1].value, "occurrence"
            self.told.append((made[-1], firing))

    def read(self) -> None:
        """Take what the machine did with values."""
        made = self._new()
        last_reminder = next((one for one in reversed(made) if one.what == "reminder"), None)
        for one in made:
            if one.what == "reminder" and one is not last_reminder:
                continue  # after downtime many are due at once: one is enough
            self._keep(one)
            self._take(one)

    def _new(self) -> list[Transition]:
        """What the machine made since the last look."""
        made = self.machine.made[self._read :]
        self._read = len(self.machine.made)
        return made

    def row(self) -> tuple:
        """The new state, for ``decide``."""
        return (*(getattr(self.machine.state, name) for name in WRITTEN), self.alert.pk)

    def apply(self) -> None:
        """The alert in memory becomes what was written."""
        for name in WRITTEN:
            setattr(self.alert, name, getattr(self.machine.state, name))

    def _take(self, made: Transition) -> None:
        if made.what == "fired":
            self._open = True
            self.told.append((made, self._firing(made, made.at)))
        elif made.what in ENDS and self._open:
            self._open = False
            self._end(made)
        elif made.what in ("reminder", "escalated"):
            self.told.append((made, self._current(made)))
        elif made.what == "no data":
            self.told.append((made, None))

    def _end(self, made: Transition) -> None:
        firing = self._current(made)
        if firing is None:
            self.ended.append(Ended(self.alert.pk, made.arm, (made.at, _finite(made.value), made.what)))
        else:
            firing.ended_at, firing.end_value, firing.end_reason = made.at, _finite(made.value), made.what
        if made.what == "recovered":
            self.told.append((made, firing))

    def _firing(self, made: Transition, received_at: int) -> Firing:
        late = self.now - made.at
        firing = Firing(
            alert=self.alert,
            user=self.alert.user,
            arm=made.arm,
            sentence=sentence(self.alert)[:300],
            value=_finite(made.value),
            received_at=received_at,
            fired_at=made.at,
            decided_at=self.now,
            late_by=late if late > LATE_MS else 0,
        )
        self.firings.append(firing)
        return firing

    def _current(self, made: Transition) -> Firing | None:
        """The episode, if it began in this very work."""
        return next((firing for firing in self.firings if firing.arm == made.arm), None)

    def _keep(self, made: Transition) -> None:
        self.steps.append(
            Step(
                alert=self.alert,
                at=made.at,
                what=made.what,
                phase=made.phase,
                arm=made.arm,
                value=_finite(made.value),
                decided_at=self.now,
            )
        )


def _finite(value: Decimal | None) -> Decimal | None:
    """A distance without end has no number."""
    return value if value is not None and value.is_finite() else None
