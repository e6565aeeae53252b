"""How long is kept how services were: the daily pruning of history (``snapshots.retention``) deletes it, too."""

from typing import Any

from django.db.models import Q

from monitoring.models import HealthMetric, HealthRollup, Incident, Span
from snapshots.retention import KINDS, Kind

MINUTES_DAYS = 30
"""Charts of minutes go back a day; for what is older there are hours."""


def _rollup_days(config: Any) -> int:
    return int(config.retention_health_rollups_days)


def _minutes_days(config: Any) -> int:
    days = _rollup_days(config)
    return min(MINUTES_DAYS, days) if days else MINUTES_DAYS


HEALTH_KINDS = (
    Kind("health measurements", HealthMetric, lambda config: config.retention_health_days, "at", "at"),
    Kind("health by minutes", HealthRollup, _minutes_days, "start", "start", lambda before: Q(span=Span.MINUTE)),
    Kind(
        "health by hours and days",
        HealthRollup,
        _rollup_days,
        "start",
        "start",
        lambda before: ~Q(span=Span.MINUTE),
    ),
    Kind("incidents", Incident, _rollup_days, "ended_at", "ended_at"),
)


def join() -> None:
    """Once, when the app is loaded."""
    KINDS.extend(kind for kind in HEALTH_KINDS if kind not in KINDS)
