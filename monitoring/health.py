"""What ``/api/health`` says, from what was measured. Nothing here measures or waits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitoring.alerts_lag import AlertsLag
from monitoring.line import DOWN, PUBLIC, Line
from monitoring.told import NOTHING_TOLD, Told

HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"

OLDEST_MS = 5_000
"""Older measurements are not shown as healthy: whoever should measure has stopped."""


SILENT_MS = 5_000
"""The feed speaks once a second; after so long without a word nothing it said counts."""


@dataclass(frozen=True, slots=True)
class Service:
    """A server of our own. ``available``: configured; ``connected``: it answered just now, in ``latency`` ms.

    ``why``: what it said instead of an answer, or why a replica is not read; ``lag``: ms by which that is behind.
    """

    available: bool
    connected: bool
    latency: float | None = None
    why: str = ""
    lag: float | None = None


@dataclass(frozen=True, slots=True)
class Upstream:
    """What the feed says of the exchange: its socket, and its last REST answer, in ms.

    ``age``: ms since the feed was heard here, None: never; it leads as ``epoch``, changes wait ``lag`` ms in it.
    ``was_asked``: the REST has answered or failed since the feed leads; ``was_connected``: its socket has opened
    or failed to; ``reason``: why the socket is closed; ``stale``: streams of all coins that are silent;
    ``silence``: ms since anything came of any stream, None: nothing ever has.
    """

    socket_connected: bool
    api_reachable: bool
    api_latency: float | None = None
    api_breaker: str = ""
    age: int | None = None
    epoch: int = 0
    lag: int | None = None
    was_asked: bool = True
    was_connected: bool = True
    reason: str = ""
    stale: tuple[str, ...] = ()
    silence: int | None = None

    @property
    def is_heard(self) -> bool:
        """Whether what the feed said still counts."""
        return self.age is not None and self.age <= SILENT_MS


UNKNOWN = Upstream(socket_connected=False, api_reachable=False)
"""Nobody has heard of the feed."""

MEMORY = ("heapUsed", "heapTotal", "rss", "external")


@dataclass(frozen=True, slots=True)
class Measured:
    """One round of measurements. ``at`` Unix ms, ``uptime`` ms, ``memory`` MB by the names of the report.

    ``told`` is of the last round in which the database answered; ``lines`` are all services' by name, ``asides``
    what else those who run the site are told (``monitoring/asides.py``).
    """

    at: int
    uptime: int
    memory: Mapping[str, float | None]
    database: Service
    redis: Service
    upstream: Upstream
    told: Told = NOTHING_TOLD
    lines: Mapping[str, Line] = field(default_factory=dict)
    asides: Mapping[str, Any] = field(default_factory=dict)

    @property
    def alerts(self) -> AlertsLag:
        """How far alerts are behind."""
        return self.told.alerts

    def status(self, now: int) -> str:
        """Unhealthy: no database, or nobody measures any more. Degraded: a line is not well."""
        if not self.lines or self.lines["database"].state == DOWN or now - self.at > OLDEST_MS:
            return UNHEALTHY
        return HEALTHY if all(line.is_well for line in self.lines.values()) else DEGRADED

    def report(self, now: int, version: str, environment: str, for_staff: bool = False) -> dict[str, Any]:
        """The body of the answer; ``timestamp`` is when it was measured. More than was asked for is for staff."""
        body = {
            "status": self.status(now),
            "timestamp": self.at,
            "uptime": self.uptime,
            "version": version,
            "environment": environment,
            "memory": self.memory,
            "services": self._services(),
        }
        if for_staff:
            for name, line in self.lines.items():
                body["services"][name] = line.as_json() | (body["services"][name] if name in PUBLIC else {})
            body |= self.asides
        return body

    def _services(self) -> dict[str, dict[str, Any]]:
        """What the request names, and nothing else."""
        upstream = self.upstream
        return {
            "database": as_json(self.database),
            "redis": as_json(self.redis),
            "websocket": {"connected": upstream.socket_connected},
            "hyperliquidApi": {"reachable": upstream.api_reachable, "latency": upstream.api_latency},
        }


NOTHING = Service(available=False, connected=False)
UNMEASURED = Measured(0, 0, dict.fromkeys(MEMORY), NOTHING, NOTHING, UNKNOWN)
"""Before the first round."""


def as_json(service: Service) -> dict[str, Any]:
    """The three figures of a service."""
    return {"available": service.available, "connected": service.connected, "latency": service.latency}
