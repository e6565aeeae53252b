"""Rule and State: what the state machine of one alert works on. No Django, no clock."""

from dataclasses import dataclass
from decimal import Decimal

ABOVE, BELOW = 1, -1

NEW, ALREADY, WAITING, HOLDING = "new", "already", "waiting", "holding"
FIRED, RESTING, DONE = "fired", "resting", "done"
PHASES = {
    NEW: "has not seen a value yet",
    ALREADY: "was true when it was made, and waits for it to become false first",
    WAITING: "waits for it to become true",
    HOLDING: "is true, but not yet for as long as asked",
    FIRED: "has fired, and waits for recovery",
    RESTING: "keeps quiet, in its cooldown or snoozed",
    DONE: "is over",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """When to fire: the figure at or above (below) ``threshold`` for ``hold`` ms without a break.

    An episode ends when the figure has come back to ``recovery``, and past the threshold. ``cooldown`` is the
    least time between two firings. Times are Unix ms, spans ms; None or 0 is "none". ``needs_crossing``:
    a condition that is true from the start has to become false first. While ``is_occurrence`` there is no
    figure: each occurrence of at least ``threshold`` fires. ``tells_no_data``: that data stop is a transition.
    """

    threshold: Decimal
    side: int = ABOVE
    recovery: Decimal | None = None
    hold: int = 0
    cooldown: int = 0
    repeats: bool = True
    needs_crossing: bool = True
    expires_at: int | None = None
    snoozed_until: int | None = None
    remind_every: int = 0
    escalate_after: int = 0
    is_occurrence: bool = False
    tells_no_data: bool = False

    def is_true(self, value: Decimal) -> bool:
        """Whether the condition is met."""
        return value >= self.threshold if self.side == ABOVE else value <= self.threshold

    def has_recovered(self, value: Decimal) -> bool:
        """Whether an episode is over: not met, and as far back as the hysteresis asks."""
        if self.is_true(value):
            return False
        if self.recovery is None:
            return True
        return value <= self.recovery if self.side == ABOVE else value >= self.recovery


@dataclass(frozen=True, slots=True)
class State:
    """How far an alert is. ``since`` is when the phase began, Unix ms.

    ``arm`` counts episodes: that of the open one, or of the last. ``fired_at`` is when it began.
    ``acknowledged`` is the arm that the user has acknowledged last. ``blind_since`` is when data stopped, if that
    has been noted and they have not come again.
    """

    phase: str = NEW
    since: int = 0
    arm: int = 0
    fired_at: int | None = None
    reminders: int = 0
    escalated: bool = False
    acknowledged: int = 0
    blind_since: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of an alert: ``what`` happened (a word of ``alerts.machine.WORDS``) ``at`` which time, and on what
    value; ``phase`` and ``arm`` are those after it."""

    what: str
    at: int
    value: Decimal | None
    phase: str
    arm: int
