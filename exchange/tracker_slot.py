"""Slot: how far one account's streams have come on the present socket."""

from dataclasses import dataclass

SILENT_SECONDS = 20.0
"""A slot whose states, which come every 5 s, were not heard for so long is not streamed any more."""


@dataclass(slots=True, eq=False)
class Slot:
    """One account on the socket. Times are seconds of the tracker's monotonic clock."""

    address: str
    asked_at: float | None = None
    is_open: bool = False
    heard_at: float | None = None
    renewed_at: float = 0.0

    def is_silent(self, now: float) -> bool:
        """Whether it should be speaking, and is not."""
        since = self.heard_at or self.asked_at
        return since is not None and now - since > SILENT_SECONDS

    def restart(self) -> None:
        """The socket is gone."""
        self.asked_at, self.is_open, self.heard_at = None, False, None
