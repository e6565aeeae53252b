"""Source of what ``/api/health`` says: the newest measurements of this process's monitor, and no new ones."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from monitoring.health import DEGRADED, HEALTHY, UNHEALTHY, UNMEASURED
from monitoring.line import NOT_USED, STATES, UP, Line
from monitoring.metrics import exchange
from monitoring.metrics.registry import gauge
from monitoring.monitor import monitor

STATUSES = (HEALTHY, DEGRADED, UNHEALTHY)


def services() -> Iterator[Metric]:
    """All lines, the whole, and how old that is. A service that is not used is neither up nor down."""
    measured, now = monitor.measured or UNMEASURED, monitor.clock.now_ms()
    status = measured.status(now)
    yield gauge("health", "1 for what is.", {one: float(one == status) for one in STATUSES}, "status")
    age = (now - measured.at) / 1000 if measured.at else None
    yield gauge("health_age_seconds", "Age of these measurements.", age)
    lines = list(measured.lines.values())
    states = {(line.service, state): float(line.state == state) for line in lines for state in STATES}
    yield gauge("service_state", "1 for the state that it is in.", states, "service", "state")
    up = {line.service: float(line.state == UP) for line in lines if line.state != NOT_USED}
    yield gauge("service_up", "Whether it is up.", up, "service")
    latencies = {line.service: line.latency / 1000 for line in lines if line.latency is not None}
    yield gauge("service_latency_seconds", "How fast it answered.", latencies, "service")
    yield gauge("service_lag_seconds", "How far it is behind.", figures(lines, "lag"), "service")
    yield gauge("service_age_seconds", "Since it was heard of.", figures(lines, "age"), "service")
    breakers = {name: float(state == "open") for name, state in measured.asides.get("breakers", {}).items()}
    yield gauge("breaker_open", "Whether what is behind it is left alone.", breakers, "name")
    yield from exchange.budget(measured.asides.get("budget") or {})


def figures(lines: list[Line], name: str) -> dict[str, float]:
    """One figure of the lines that have it, ms as seconds."""
    found = {line.service: line.figures.get(name) for line in lines}
    return {service: ms / 1000 for service, ms in found.items() if isinstance(ms, int | float)}
