"""Returns and drawdowns that deposits and withdrawals do not change.

Equity is known at sampled moments and not at every flow, so a true time-weighted return cannot be had.
Each stretch between two samples gets its Modified Dietz return (flows weighted by the time that they were
there), and the stretches are linked: with samples around every flow that is the time-weighted return, and
otherwise the nearest thing to it. A money-weighted rate over the whole span would reward lucky timing.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import pairwise

from snapshots.pnl.executions import ZERO

Points = Sequence[tuple[int, Decimal]]
"""Samples (Unix ms, equity in USD), oldest first."""
Flows = Iterable[tuple[int, Decimal]]
"""External flows (Unix ms, USD), positive when money came in."""


def dietz(start: tuple[int, Decimal], end: tuple[int, Decimal], flows: Flows = ()) -> Decimal | None:
    """Modified Dietz return as a fraction between two samples; None without capital to earn it on."""
    (began, first), (ended, last) = start, end
    inside = [(at, amount) for at, amount in flows if began < at <= ended]
    moved = sum((amount for _, amount in inside), ZERO)
    span = ended - began
    weighted = sum((amount * (ended - at) / span for at, amount in inside), ZERO) if span else ZERO
    capital = first + weighted
    return (last - first - moved) / capital if capital > 0 else None


def growth(points: Points, flows: Flows = ()) -> list[Decimal]:
    """What 1 at the first sample has become at each; a stretch without capital to earn on changes nothing."""
    if not points:
        return []
    waiting = sorted(flows)
    at = sum(time <= points[0][0] for time, _ in waiting)
    grown = [Decimal(1)]
    for before, after in pairwise(points):
        since = at
        while at < len(waiting) and waiting[at][0] <= after[0]:
            at += 1
        earned = dietz(before, after, waiting[since:at])
        grown.append(grown[-1] * (1 + max(earned, Decimal(-1)) if earned is not None else 1))
    return grown


def max_drawdown(grown: Iterable[Decimal]) -> Decimal:
    """The largest fall of growth, as a positive fraction of its peak before."""
    peak, deepest = Decimal(1), ZERO
    for value in grown:
        peak = max(peak, value)
        deepest = max(deepest, 1 - value / peak)
    return deepest
