"""Line: how one service is just now, as its line on the health page says it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UP, DEGRADED, DOWN, NOT_USED, UNKNOWN = "up", "degraded", "down", "not used", "unknown"
STATES = (NOT_USED, UP, UNKNOWN, DEGRADED, DOWN)
"""From harmless to bad. ``unknown``: nobody could find out; ``not used``: this installation has no such thing."""

PUBLIC = ("database", "redis", "websocket", "hyperliquidApi")
"""What ``/api/health`` tells everybody."""
SERVICES = ("database", "replica", *PUBLIC[1:], "feed", "evaluator", "deliverer", "snapshots", "disk")
"""All lines, by the names that are stored and shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """``reason``: why it is no better, for everybody; ``detail``: the same with hosts and errors, for staff.

    ``latency`` ms of the answer, if the service answers at all; ``figures``: what else was measured, for staff.
    """

    service: str
    state: str
    reason: str = ""
    latency: float | None = None
    detail: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look after it."""
        return self.state in (UP, NOT_USED)

    def as_json(self) -> dict[str, Any]:
        """For those who run the site."""
        said = {"state": self.state, "reason": self.reason, "detail": self.detail, "latency": self.latency}
        return {**said, **self.figures}


def badness(state: str) -> int:
    """The higher, the worse."""
    return STATES.index(state)
