"""Candles as a still picture, for pages without script and until the chart has loaded."""

from functools import lru_cache
from math import floor, log10
from typing import Any

from dashboard.history import MOST_HELD, Past

WIDTH, HEIGHT, BARS = 960, 360, 120


@lru_cache(MOST_HELD)
def candle_picture(past: Past) -> dict[str, Any] | None:
    """Two paths, ``up`` and ``down``, of the newest bars, in units of the picture; None without bars."""
    newest = past.rows[-BARS:]
    if not newest:
        return None
    high, low = max(bar[2] for bar in newest), min(bar[3] for bar in newest)
    scale = HEIGHT / ((high - low) or 1.0)
    step = WIDTH / len(newest)
    paths: dict[str, list[str]] = {"up": [], "down": []}
    for i, (_, opened, top, bottom, closed, _) in enumerate(newest):
        body, size = (high - max(opened, closed)) * scale, max(1.0, abs(opened - closed) * scale)
        paths["up" if closed >= opened else "down"].append(
            f"M{(i + 0.5) * step:.1f} {(high - top) * scale:.1f}V{(high - bottom) * scale:.1f}"
            f"M{(i + 0.15) * step:.1f} {body:.1f}h{step * 0.7:.1f}v{size:.1f}h-{step * 0.7:.1f}z"
        )
    return {
        **{tone: "".join(parts) for tone, parts in paths.items()},
        "count": len(newest),
        "width": WIDTH,
        "height": HEIGHT,
        "high": f"{high:,.10g}",
        "low": f"{low:,.10g}",
    }


def newest_bar(past: Past, most_decimals: int) -> dict[str, str] | None:
    """The legend over the chart as ``static/js/chart_legend.js`` goes on with it: prices and move."""
    if not past.rows:
        return None
    _, opened, high, low, closed, _ = past.rows[-1]
    decimals = max(0, min(most_decimals, 4 - floor(log10(max(closed, 1e-9)))))  # as `decimalsOf` of chart.js
    prices = zip("OHLC", (opened, high, low, closed), strict=True)
    change = (closed / opened - 1) * 100 if opened else 0.0
    return {
        "prices": "  ".join(f"{name} {price:,.{decimals}f}" for name, price in prices),
        "change": f"{'−' if change < 0 else '+'}{abs(change):.2f}%",
    }
