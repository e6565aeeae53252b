"""How states, services, shares and times are said on the status page."""

from collections.abc import Iterable

from monitoring.health import DEGRADED, HEALTHY, UNHEALTHY, Measured
from monitoring.line import UNKNOWN, Line
from monitoring.uptime import Count

NAMES = {
    "database": ("Database", "Users, alerts and history"),
    "replica": ("Read replica", "A second database for reading"),
    "redis": ("Redis", "Between processes: live rows and cache"),
    "websocket": ("Exchange stream", "The feed’s socket to Hyperliquid"),
    "hyperliquidApi": ("Exchange REST", "Hyperliquid’s answers to questions"),
    "feed": ("Feed", "Reads the exchange and publishes its figures"),
    "evaluator": ("Alerts", "Evaluates every rule"),
    "deliverer": ("Messages", "Sends what alerts have to tell"),
    "snapshots": ("History", "Writes fills, positions, equity and trades"),
    "disk": ("Disk", "Room for files of this machine"),
}
MARKS = {"up": "●", "degraded": "◐", "down": "✕", "unknown": "?", "not used": "○"}
"""Forms that differ, for who sees no colours."""
STATE_WORDS = {"up": "Up", "degraded": "Degraded", "down": "Down", "unknown": "Unknown", "not used": "Not used"}
OVERALL = {
    HEALTHY: ("up", "Everything works"),
    DEGRADED: ("degraded", "Working, with limits"),
    UNHEALTHY: ("down", "Out of order"),
}


def overall(measured: Measured, now: int) -> dict[str, str]:
    """The first line: state, words, and what is not well."""
    status = measured.status(now)
    state, words = OVERALL[status]
    if not measured.lines:
        return {"state": "unknown", "words": "Not measured yet", "why": ""}
    ill = [f"{NAMES[line.service][0]}: {line.reason}" for line in worst(measured.lines.values())]
    if status == UNHEALTHY and measured.lines["database"].is_well:
        ill = ["nobody has measured for a while"]
    return {"state": state, "words": words, "why": " · ".join(ill)}


def worst(lines: Iterable[Line]) -> list[Line]:
    """Those that are down or degraded; what nobody could find out is told only where that is all."""
    ill = [line for line in lines if not line.is_well]
    return [line for line in ill if line.state != UNKNOWN] or ill


def percent(share: float | None) -> str:
    """``99.98%``; never rounded up to a whole that it was not."""
    if share is None:
        return "—"
    return "100%" if share == 1 else f"{min(share, 0.9999) * 100:.2f}%"


def day_words(count: Count) -> str:
    """What of a day was not as it should be: ``98.20% up, 1.20% degraded, 0.60% down``."""
    parts = {"up": count.up, "degraded": count.degraded, "down": count.down, "unknown": count.unknown}
    return ", ".join(f"{percent(part / count.measured)} {name}" for name, part in parts.items() if part)


def milliseconds(latency: float | None) -> str:
    """``0.4 ms`` · ``123 ms`` · ``1.2 s``."""
    if latency is None:
        return "—"
    if latency >= 1000:
        return f"{latency / 1000:.1f} s"
    return f"{latency:.1f} ms" if latency < 10 else f"{latency:.0f} ms"


def age(ms: int | None) -> str:
    """``0.4 s`` · ``12 s`` · ``3 min`` · ``2 h``, as ``static/js/ages.js`` says it."""
    if ms is None:
        return "—"
    seconds = max(0, ms) / 1000
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def figures(line: Line) -> str:
    """What staff read beside a line: figures that are not empty, in the order of the report."""
    return ", ".join(f"{name} {value}" for name, value in line.figures.items() if value not in (None, "", {}, []))
