"""Times of history pages: in the zone of who looks, which the page names."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from snapshots.pnl.periods import midnight

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


@dataclass(frozen=True, slots=True)
class Times:
    """``name`` is an IANA zone; ``now`` Unix ms when the page was asked for."""

    name: str
    now: int

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.name)

    @property
    def today(self) -> date:
        return self.day_of(self.now)

    def day_of(self, ms: int) -> date:
        """The date in the zone."""
        return self._local(ms).date()

    def at(self, ms: int | None) -> str:
        """``2026-11-25 13:03:15``, or a dash."""
        return "—" if ms is None else f"{self._local(ms):%Y-%m-%d %H:%M:%S}"

    def near(self, ms: int) -> str:
        """``25 Nov 13:03``, with the year if it is another one."""
        local = self._local(ms)
        return f"{local:%-d %b %H:%M}" if local.year == self.today.year else f"{local:%-d %b %Y %H:%M}"

    def exact(self, ms: int) -> str:
        """``2026-11-25 12:03:15.123 UTC`` for titles."""
        moment = datetime.fromtimestamp(ms // 1000, UTC)
        return f"{moment:%Y-%m-%d %H:%M:%S}.{ms % 1000:03} UTC"

    def starts(self, day: date) -> int:
        """Unix ms at which a date begins in the zone."""
        return midnight(day, self.zone)

    def ends(self, day: date) -> int:
        """Unix ms at which the next date begins."""
        return midnight(day + timedelta(days=1), self.zone)

    def _local(self, ms: int) -> datetime:
        return datetime.fromtimestamp(ms // 1000, UTC).astimezone(self.zone)


def times_of(user: Any, now: int) -> Times:
    """The user's; UTC if the zone that he once chose is no longer known here."""
    try:
        ZoneInfo(user.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        return Times("UTC", now)
    return Times(user.timezone, now)


def duration(ms: int | None) -> str:
    """``3 d 4 h`` · ``12 min`` · ``8 s``: the two largest parts."""
    if ms is None:
        return "—"
    parts = [(ms // DAY, "d"), (ms % DAY // HOUR, "h"), (ms % HOUR // MINUTE, "min"), (ms % MINUTE // SECOND, "s")]
    first = next((i for i, (count, _) in enumerate(parts) if count), None)
    if first is None:
        return "under 1 s"
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)
