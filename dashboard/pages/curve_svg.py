"""A curve as a still picture, for pages without script and until the chart is there; and as the chart’s points."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from dashboard.pages.markets_row import tone
from exchange import figures
from snapshots.curves import Point

WIDTH, HEIGHT = 960, 260


def curve_context(
    points: Sequence[Point], name: str, begins: Mapping[int, str] | None = None
) -> dict[str, Any] | None:
    """``line`` is an SVG path with a gap at each hole; ``data`` [time ms, USD or null] for the script.

    At the times of ``begins`` something else is drawn from then on: the line is broken, and ``data`` has the
    words as well. None without two points. Floats draw, texts are made of the Decimals.
    """
    begins = begins or {}
    values = [(point.time, getattr(point, name)) for point in points]
    known = [value for _, value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    text = figures.gain if name == "pnl" else figures.money
    zero = low <= 0 <= high and low != high
    return {
        "line": _path(values, low, high, begins),
        "begins": [round(_across(values) * (time - values[0][0]), 1) for time in begins],
        "zero": round(float(high / (high - low)) * HEIGHT, 1) if zero else None,
        "width": WIDTH,
        "height": HEIGHT,
        "low": text(low),
        "high": text(high),
        "last": text(known[-1]),
        "tone": tone(text(known[-1])) if name == "pnl" else "",
        "data": [
            [time, None if value is None else float(value), *([begins[time]] if time in begins else [])]
            for time, value in values
        ],
    }


Values = Sequence[tuple[int, Decimal | None]]


def _across(values: Values) -> float:
    return WIDTH / ((values[-1][0] - values[0][0]) or 1)


def _path(values: Values, low: Decimal, high: Decimal, begins: Mapping[int, str]) -> str:
    first, across, scale = values[0][0], _across(values), HEIGHT / (float(high - low) or 1.0)
    path, pen = [], "M"
    for time, value in values:
        if value is None:
            pen = "M"
            continue
        pen = "M" if time in begins else pen
        path.append(f"{pen}{(time - first) * across:.1f} {float(high - value) * scale:.1f}")
        pen = "L"
    return "".join(path)
