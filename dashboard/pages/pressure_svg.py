"""The CVD as a picture: a line from zero at the beginning, broken where trades may be missing."""

from decimal import Decimal
from typing import Any

from snapshots.pressure import ZERO, Pressure

WIDTH, HEIGHT, POINTS = 960, 120, 240


def picture(found: Pressure) -> dict[str, Any]:
    """Paths ``line`` and ``area`` in units of the picture, ``holes`` as (x, width), the scale's ends in coins."""
    points = _points(found)
    high, low = (end(total for _, total in [*points, (0, ZERO)]) for end in (max, min))
    length, height = max(1, found.until - found.since), float(high - low) or 1.0

    def x(time: int) -> float:
        return WIDTH * (time - found.since) / length

    def y(value: Decimal) -> float:
        return HEIGHT * float(high - value) / height

    path = "".join(f"{'L' if i else 'M'}{x(time):.1f} {y(value):.1f}" for i, (time, value) in enumerate(points))
    return {
        "line": path,
        "area": f"{path}L{WIDTH} {y(ZERO):.1f}L0 {y(ZERO):.1f}",
        "zero": f"{y(ZERO):.1f}",
        "holes": [(f"{x(one.start):.1f}", f"{max(2.0, x(one.end) - x(one.start)):.1f}") for one in found.holes],
        "width": WIDTH,
        "height": HEIGHT,
        "high": high,
        "low": low,
    }


def _points(found: Pressure) -> list[tuple[int, Decimal]]:
    """(time, CVD then), at most ``POINTS`` and the first and last."""
    part = max(1, (found.until - found.since) // POINTS)
    points, total, last = [(found.since, ZERO)], ZERO, 0
    for step in found.steps:
        number = (step.time - found.since) // part
        if number > last:
            points.append((step.time, total))
            last = number
        total += step.bought - step.sold
    return [*points, (found.until, total)]
