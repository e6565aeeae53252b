"""Quiet hours: what is decided in them is delivered when they end. In the user's zone, over midnight and DST."""

from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Quiet:
    """From ``start`` to before ``end`` by the wall clock of ``zone`` (IANA name); over midnight if start > end."""

    start: time
    end: time
    zone: str

    def holds(self, now: int) -> bool:
        """Whether ``now`` (Unix ms) is in them. Equal times are no hours at all."""
        wall = datetime.fromtimestamp(now / 1000, ZoneInfo(self.zone)).time()
        if self.start <= self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def deliver_from(self, now: int) -> int:
        """When what is decided ``now`` may be delivered, Unix ms: now, or the minute in which the hours end."""
        return _first_loud_minute(self, now // MINUTE) * MINUTE if self.holds(now) else now


@lru_cache(maxsize=4096)
def _first_loud_minute(quiet: Quiet, minute: int) -> int:
    """The wall clock is asked minute by minute: so a skipped or repeated hour needs no thought."""
    while quiet.holds(minute * MINUTE):
        minute += 1
    return minute
