"""Candles as a still picture, for pages without script and until the chart has loaded."""

from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT, BARS = 960, 360, 120


def candle_picture(bars: Sequence[Sequence[float]]) -> dict[str, Any] | None:
    """Rectangles and lines of the newest bars, in units of the picture; None without bars."""
    newest = bars[-BARS:]
    if not newest:
        return None
    high, low = max(bar[2] for bar in newest), min(bar[3] for bar in newest)
    span = (high - low) or 1.0
    step = WIDTH / len(newest)

    def y(price: float) -> float:
        return (high - price) / span * HEIGHT

    shapes = []
    for i, (_, opened, top, bottom, closed, _) in enumerate(newest):
        body = y(max(opened, closed))
        shapes.append(
            {
                "x": f"{i * step + step * 0.15:.1f}",
                "middle": f"{i * step + step / 2:.1f}",
                "width": f"{step * 0.7:.1f}",
                "top": f"{y(top):.1f}",
                "bottom": f"{y(bottom):.1f}",
                "body": f"{body:.1f}",
                "height": f"{max(1.0, y(min(opened, closed)) - body):.1f}",
                "tone": "up" if closed >= opened else "down",
            }
        )
    return {"bars": shapes, "width": WIDTH, "height": HEIGHT, "high": f"{high:,.10g}", "low": f"{low:,.10g}"}
