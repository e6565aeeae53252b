"""Bars of days and curves of latency, as paths of SVG. By form first, then by colour."""

from collections.abc import Mapping, Sequence
from typing import Any

from monitoring.uptime import DAY_MS, DAYS, LATENCY_MS, STEP_MS, Count, Latency

STEP, WIDE, HIGH = 4.0, 3.0, 28.0
"""Of one day: from bar to bar, the bar, its height."""
LEAST = 4.0
"""Height of a part that was short: it must not be overlooked."""
SPARK_WIDE, SPARK_HIGH = 144.0, 28.0


def bars(days: Mapping[int, Count], now: int) -> dict[str, Any]:
    """Paths by what they show. A bar stands on what was up; what was not hangs from the top, over a gap."""
    today = now // DAY_MS * DAY_MS
    paths: dict[str, list[str]] = {"up": [], "degraded": [], "down": [], "none": []}
    for place in range(DAYS):
        x = place * STEP
        count = days.get(today - (DAYS - 1 - place) * DAY_MS)
        if count is None:
            paths["none"].append(_rect(x, HIGH - 2, 2))
            continue
        top = 0.0
        for name, part in (("down", count.down + count.unknown), ("degraded", count.degraded)):
            if part:
                high = max(LEAST, HIGH * part / count.measured)
                paths[name].append(_rect(x, top, high))
                top += high + 1.5
        if count.up and top < HIGH - 1:
            paths["up"].append(_rect(x, top, HIGH - top))
    return {
        "width": DAYS * STEP - (STEP - WIDE),
        "height": HIGH,
        **{name: "".join(p) for name, p in paths.items()},
    }


def _rect(x: float, y: float, high: float) -> str:
    return f"M{x:g} {y:.1f}h{WIDE:g}v{high:.1f}h-{WIDE:g}z"


def curve(points: Sequence[Latency], now: int) -> dict[str, Any] | None:
    """``mean`` is a line that breaks where nothing was measured, ``worst`` an area under it. None: no points."""
    if not points:
        return None
    most = max(point.worst for point in points) or 1.0
    begin, scale = now - LATENCY_MS, SPARK_WIDE / LATENCY_MS
    mean, worst, last = [], [], None
    for point in points:
        x, y = max(0.0, (point.start - begin) * scale), SPARK_HIGH * (1 - point.mean / most)
        joins = last is not None and point.start - last <= STEP_MS
        mean.append(f"{'L' if joins else 'M'}{x:.1f} {y:.1f}h1")
        high = SPARK_HIGH * point.worst / most
        worst.append(f"M{x:.1f} {SPARK_HIGH - high:.1f}h1v{high:.1f}h-1z")
        last = point.start
    return {
        "width": SPARK_WIDE,
        "height": SPARK_HIGH,
        "mean": "".join(mean),
        "worst": "".join(worst),
        "most": most,
    }
