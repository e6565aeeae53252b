"""Told: what the other processes have written of themselves, read from the database in one go."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitoring.alerts_lag import NO_LAG, AlertsLag, alerts_lag
from monitoring.models import Heartbeat, Lease

LATE_MS, GONE_MS = 6_000, 15_000
"""Who writes every second or two and has not for so long is late, and then gone."""


@dataclass(frozen=True, slots=True)
class Told:
    """Read at ``at``, Unix ms. ``leader`` is the fencing number of the feed's lease, good until ``leads_until``.

    ``beats`` are the newest heartbeats by their names.
    """

    at: int
    alerts: AlertsLag = NO_LAG
    leader: int = 0
    leads_until: int = 0
    beats: Mapping[str, Heartbeat] = field(default_factory=dict)


NOTHING_TOLD = Told(0)
"""Before the database was asked."""


def told(now: int) -> Told:
    """Six small questions, each answered by an index; blocks, raises django.db.Error."""
    lease = Lease.objects.filter(name="feed").first()
    return Told(
        at=now,
        alerts=alerts_lag(now),
        leader=lease.number if lease else 0,
        leads_until=lease.expires_at if lease else 0,
        beats={beat.name: beat for beat in Heartbeat.objects.all()},
    )
