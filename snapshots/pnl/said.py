"""The exchange's own PnL, out of its ``portfolio`` answers, to set beside a bridge (API.md section 7).

Its curves are sampled unevenly and start at 0 with their window, but each ends at the moment of asking. So
the last point of ``allTime`` of two answers gives the PnL between two askings exactly; between other
moments only samples near enough to both can be used.
"""

from bisect import bisect_left
from decimal import Decimal

from exchange.wire.profile import History, Portfolio

WINDOWS = ("day", "week", "month", "allTime")
"""From the most finely sampled to the longest; the same with ``perp`` before them count perps alone."""


def latest(portfolio: Portfolio, window: str = "allTime") -> tuple[int, Decimal] | None:
    """(Unix ms, cumulative PnL in USD) at the end of a window; None for an account without history."""
    history = dict(portfolio).get(window)
    return history.pnl_history[-1] if history and history.pnl_history else None


def pnl_between(portfolio: Portfolio, start: int, end: int, within: int) -> Decimal | None:
    """PnL in USD between two moments, by the finest window with samples within ``within`` ms of both."""
    windows = dict(portfolio)
    for name in WINDOWS:
        if history := windows.get(name):
            before, after = _near(history, start, within), _near(history, end, within)
            if before is not None and after is not None:
                return after - before
    return None


def _near(history: History, moment: int, within: int) -> Decimal | None:
    """The sample nearest to a moment, if it is near enough."""
    points = history.pnl_history
    at = bisect_left(points, moment, key=lambda point: point[0])
    close = [point for point in points[max(0, at - 1) : at + 1] if abs(point[0] - moment) <= within]
    return min(close, key=lambda point: abs(point[0] - moment))[1] if close else None
