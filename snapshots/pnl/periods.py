"""Days, weeks and months of a time zone: cut at the zone's midnights, so that a day may have 23 or 25 hours."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from snapshots.pnl.entries import Entry, RateOf, Sums, sum_by, usdc_only


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` up to, not including, ``end`` (Unix ms); ``first`` is its first date in the zone."""

    first: date
    start: int
    end: int

    @property
    def hours(self) -> int:
        return (self.end - self.start) // 3_600_000


def periods(since: int, until: int, zone: ZoneInfo, unit: str = "day") -> list[Period]:
    """All periods of ``unit`` (day, week from Monday, month) that touch ``since`` to ``until``, without a hole."""
    first = _first_of(_date_at(since, zone), unit)
    found = []
    start = midnight(first, zone)
    while start <= until:
        following = _next(first, unit)
        end = midnight(following, zone)
        found.append(Period(first, start, end))
        first, start = following, end
    return found


def midnight(day: date, zone: ZoneInfo) -> int:
    """Unix ms at which a date begins in the zone; where midnight is skipped, the moment the clocks jump."""
    local = datetime.combine(day, time(), tzinfo=zone)
    return round(local.astimezone(UTC).timestamp()) * 1000


def calendar(
    rows: Sequence[Entry],
    zone: ZoneInfo,
    unit: str = "day",
    rate_of: RateOf = usdc_only,
    until: int | None = None,
) -> list[tuple[Period, Sums]]:
    """Totals of each period from the first entry to the last (or ``until``), quiet periods included."""
    if not rows:
        return []
    times = [entry.time for entry in rows]
    spans = periods(min(times), max(times) if until is None else max(until, *times), zone, unit)
    starts = [period.start for period in spans]
    totals = sum_by(rows, lambda entry: bisect_right(starts, entry.time) - 1, rate_of)
    return [(period, totals.get(number, Sums())) for number, period in enumerate(spans)]


def changes(points: Iterable[tuple[int, Decimal]], spans: Iterable[Period], oldest: int) -> list[Decimal | None]:
    """By how much a sampled value (equity, unrealised PnL) changed in each period.

    The value at a moment is the last one before it, if not older than ``oldest`` ms: else the change is None.
    """
    known = sorted(points)
    times = [at for at, _ in known]

    def value(moment: int) -> Decimal | None:
        at = bisect_right(times, moment) - 1
        return known[at][1] if at >= 0 and moment - times[at] <= oldest else None

    ends = [(value(span.start), value(span.end)) for span in spans]
    return [None if before is None or after is None else after - before for before, after in ends]


def _date_at(moment: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(moment / 1000, zone).date()


def _first_of(day: date, unit: str) -> date:
    if unit == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if unit == "week" else day


def _next(first: date, unit: str) -> date:
    if unit == "month":
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=7 if unit == "week" else 1)
