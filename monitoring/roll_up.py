"""Roll-ups: minutes of measurements, hours of minutes, days of hours; made anew whenever anything in them is new.

Each is counted from all that is below it, so it is the same however often it is made.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet, Sum

from monitoring.line import STATES
from monitoring.models import HealthMetric, HealthRollup, Span

COUNTS = {state.replace(" ", "_"): state for state in STATES}
"""Columns by state."""
SUMS = (*COUNTS, "latencies", "latency_sum")
FIGURES = (*SUMS, "latency_max")
AT_ONCE = 500


def roll_up(times: Iterable[int]) -> None:
    """Make the roll-ups in which these moments (Unix ms) are; in the caller's transaction."""
    times = list(times)
    if not times:
        return
    first, last = min(times), max(times)
    _write(Span.MINUTE, _of_measurements(*_whole(Span.MINUTE, first, last)))
    _write(Span.HOUR, _of_rollups(Span.MINUTE, Span.HOUR, *_whole(Span.HOUR, first, last)))
    _write(Span.DAY, _of_rollups(Span.HOUR, Span.DAY, *_whole(Span.DAY, first, last)))


def _whole(span: Span, first: int, last: int) -> tuple[int, int]:
    """From the beginning of the first span to the end of the last."""
    return first // span.ms * span.ms, (last // span.ms + 1) * span.ms


def _of_measurements(start: int, end: int) -> QuerySet:
    counts = {column: Count("pk", filter=Q(status=state)) for column, state in COUNTS.items()}
    rows = HealthMetric.objects.filter(at__gte=start, at__lt=end).annotate(beginning=F("at") - F("at") % 60_000)
    return rows.values("service", "beginning").annotate(
        **counts, latencies=Count("latency"), latency_sum=Sum("latency", default=0.0), latency_max=Max("latency")
    )


def _of_rollups(below: Span, span: Span, start: int, end: int) -> QuerySet:
    sums: dict[str, Any] = {f"{column}_in_all": Sum(column) for column in SUMS}
    rows = HealthRollup.objects.filter(span=below, start__gte=start, start__lt=end)
    rows = rows.annotate(beginning=F("start") - F("start") % span.ms).values("service", "beginning")
    return rows.annotate(**sums, latency_max_in_all=Max("latency_max"))


def _write(span: Span, found: QuerySet) -> None:
    rows = [
        HealthRollup(
            span=span,
            service=row["service"],
            start=row["beginning"],
            **{column: row[column if column in row else f"{column}_in_all"] for column in FIGURES},
        )
        for row in found
    ]
    HealthRollup.objects.bulk_create(
        rows,
        AT_ONCE,
        update_conflicts=True,
        unique_fields=["span", "start", "service"],
        update_fields=list(FIGURES),
    )
