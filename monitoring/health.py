"""What ``/api/health`` says, from what was measured. Nothing here measures or waits."""

from dataclasses import dataclass
from typing import Any

from monitoring.alerts_lag import NO_LAG, AlertsLag

HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"

OLDEST_MS = 5_000
"""Older measurements are not shown as healthy: whoever should measure has stopped."""


@dataclass(frozen=True, slots=True)
class Service:
    """A server of our own. ``available``: configured; ``connected``: it answered just now, in ``latency`` ms."""

    available: bool
    connected: bool
    latency: float | None = None


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the feed says of the exchange: its socket, and its last REST answer, in ms."""

    socket_connected: bool
    api_reachable: bool
    api_latency: float | None = None


UNKNOWN = Upstream(socket_connected=False, api_reachable=False)
"""Nobody has heard of the feed."""

MEMORY = ("heapUsed", "heapTotal", "rss", "external")


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of measurements. ``at`` Unix ms, ``uptime`` ms, ``memory`` MB by the names of the report.

    ``alerts`` are those of the last round in which the database answered.
    """

    at: int
    uptime: int
    memory: dict[str, float | None]
    database: Service
    redis: Service
    upstream: Upstream
    alerts: AlertsLag = NO_LAG

    def status(self, now: int) -> str:
        """Unhealthy: no database, or nobody measures any more. Degraded: live figures or alerts are late."""
        if not self.database.connected or now - self.at > OLDEST_MS:
            return UNHEALTHY
        redis_down = self.redis.available and not self.redis.connected
        if (
            redis_down
            or self.alerts.is_late
            or not (self.upstream.socket_connected and self.upstream.api_reachable)
        ):
            return DEGRADED
        return HEALTHY

    def report(self, now: int, version: str, environment: str, for_staff: bool = False) -> dict[str, Any]:
        """The body of the answer; ``timestamp`` is when it was measured. Lags of alerts are for staff alone."""
        alerts = {"alerts": self.alerts.as_json()} if for_staff else {}
        return {
            "status": self.status(now),
            "timestamp": self.at,
            "uptime": self.uptime,
            "version": version,
            "environment": environment,
            "memory": self.memory,
            "services": {
                "database": as_json(self.database),
                "redis": as_json(self.redis),
                "websocket": {"connected": self.upstream.socket_connected},
                "hyperliquidApi": {
                    "reachable": self.upstream.api_reachable,
                    "latency": self.upstream.api_latency,
                },
                **alerts,
            },
        }


NOTHING = Service(available=False, connected=False)
UNMEASURED = Measured(0, 0, dict.fromkeys(MEMORY), NOTHING, NOTHING, UNKNOWN)
"""Before the first round."""


def as_json(service: Service) -> dict[str, Any]:
    """The three figures of a service."""
    return {"available": service.available, "connected": service.connected, "latency": service.latency}
