"""Uptime: what the record says of the last 90 days, and a reader that keeps it while the database is away."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Max, Sum

from exchange.clock import Clock, SystemClock
from monitoring.check import in_thread
from monitoring.models import HealthRollup, Incident, Span

DAYS = 90
DAY_MS, HOUR_MS = 86_400_000, 3_600_000
LATENCY_MS, STEP_MS = DAY_MS, 600_000
"""Latencies are shown for a day, each point of ten minutes."""
MOST_INCIDENTS = 50
FRESH_MS = 10_000
PATIENCE_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Count:
    """How many measurements of a day, or of several, said what. Those of what is not used are not counted."""

    up: int = 0
    degraded: int = 0
    down: int = 0
    unknown: int = 0

    @property
    def measured(self) -> int:
        """All of them."""
        return self.up + self.degraded + self.down + self.unknown

    @property
    def share(self) -> float | None:
        """The part in which it worked, if degraded: what nobody could find out did not. None: nobody measured."""
        return (self.up + self.degraded) / self.measured if self.measured else None

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.up + other.up,
            self.degraded + other.degraded,
            self.down + other.down,
            self.unknown + other.unknown,
        )


@dataclass(frozen=True, slots=True)
class Latency:
    """Of ten minutes from ``start`` (Unix ms): mean and worst, ms."""

    start: int
    mean: float
    worst: float


@dataclass(frozen=True, slots=True)
class Uptime:
    """As of ``at``, Unix ms. ``days`` by service and begin of the day (UTC); ``incidents`` newest first."""

    at: int
    days: Mapping[str, Mapping[int, Count]]
    latencies: Mapping[str, Sequence[Latency]]
    incidents: Sequence[Incident]


def uptime(now: int) -> Uptime:
    """Three questions, each answered by an index; blocks, raises django.db.Error."""
    since = now // DAY_MS * DAY_MS - (DAYS - 1) * DAY_MS
    days: dict[str, dict[int, Count]] = {}
    for row in HealthRollup.objects.filter(span=Span.DAY, start__gte=since, start__lte=now):
        count = Count(row.up, row.degraded, row.down, row.unknown)
        if count.measured:
            days.setdefault(row.service, {})[row.start] = count
    ordered = Incident.objects.order_by(F("ended_at").desc(nulls_first=True), "-began_at")
    return Uptime(now, days, latencies(now), list(ordered[:MOST_INCIDENTS]))


def latencies(now: int) -> dict[str, list[Latency]]:
    """Of the last day, by service, in the order of time."""
    minutes = HealthRollup.objects.filter(span=Span.MINUTE, start__gt=now - LATENCY_MS, latencies__gt=0)
    steps = minutes.annotate(step=F("start") - F("start") % STEP_MS).values("service", "step")
    rows = steps.annotate(count=Sum("latencies"), sum=Sum("latency_sum"), worst=Max("latency_max"))
    found: dict[str, list[Latency]] = {}
    for row in rows.order_by("step"):
        point = Latency(row["step"], row["sum"] / row["count"], row["worst"])
        found.setdefault(row["service"], []).append(point)
    return found


class UptimeReader:
    """One per process. ``read`` never waits long, and asks the database at most once in ``FRESH_MS``."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.known: Uptime | None = None
        self._asked: asyncio.Future[Uptime] | None = None

    async def read(self, may_ask: bool) -> Uptime | None:
        """The newest that is known; None: nothing is. ``may_ask`` is false while the database is away."""
        now = self.clock.now_ms()
        if may_ask and (self.known is None or now - self.known.at >= FRESH_MS):
            if self._asked is None or self._asked.get_loop() is not asyncio.get_running_loop():
                self._asked = in_thread(lambda: _read(now))
            await asyncio.wait({self._asked}, timeout=PATIENCE_SECONDS)
            self._take()
        return self.known

    def _take(self) -> None:
        """What came, if it has come and is no error: the health page says that the database is away."""
        if self._asked is not None and self._asked.done():
            asked, self._asked = self._asked, None
            if asked.exception() is None:
                self.known = asked.result()


def _read(now: int) -> Uptime:
    """In a thread."""
    try:
        return uptime(now)
    finally:
        connection.close()


reader = UptimeReader()
