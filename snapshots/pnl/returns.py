"""Returns and drawdowns that deposits and withdrawals do not change.

Equity is known at sampled moments and not at every flow, so a true time-weighted return cannot be had.
Each stretch between two samples gets its Modified Dietz return (flows weighted by the time that they were
there), and the stretches are linked: with samples around every flow that is the time-weighted return, and
otherwise the nearest thing to it. A money-weighted rate over the whole span would reward lucky timing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Step:
    """One sample: ``growth`` is what 1 at the first sample has become, ``profit`` USD earned since then."""

    time: int
    equity: Decimal
    growth: Decimal
    profit: Decimal


def linked(points: Points, flows: Flows = ()) -> list[Step]:
    """Growth and profit at each sample; a stretch without capital, before a first deposit, has no growth."""
    if not points:
        return []
    waiting = sorted(flows)
    at, growth, profit = 0, Decimal(1), ZERO
    while at < len(waiting) and waiting[at][0] <= points[0][0]:
        at += 1
    steps = [Step(*points[0], growth, profit)]
    for before, after in pairwise(points):
        since = at
        while at < len(waiting) and waiting[at][0] <= after[0]:
            at += 1
        inside = waiting[since:at]
        earned = dietz(before, after, inside)
        growth *= 1 + max(earned, Decimal(-1)) if earned is not None else 1
        profit += after[1] - before[1] - sum((amount for _, amount in inside), ZERO)
        steps.append(Step(*after, growth, profit))
    return steps


def total_return(points: Points, flows: Flows = ()) -> Decimal | None:
    """Linked return of the whole span as a fraction; None with fewer than two samples."""
    steps = linked(points, flows)
    return steps[-1].growth - 1 if len(steps) > 1 else None


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest falls, positive: of profit in USD, and of growth as a fraction, each with its two moments."""

    usd: Decimal = ZERO
    usd_from: int | None = None
    usd_to: int | None = None
    fraction: Decimal = ZERO
    fraction_from: int | None = None
    fraction_to: int | None = None


def drawdown(steps: Sequence[Step]) -> Drawdown:
    """Largest fall of profit in USD, and of growth as a fraction of its peak: withdrawals are no fall."""
    usd = fraction = ZERO
    spans: list[int | None] = [None, None, None, None]
    if not steps:
        return Drawdown()
    richest = highest = steps[0]
    for step in steps:
        richest = step if step.profit > richest.profit else richest
        highest = step if step.growth > highest.growth else highest
        if richest.profit - step.profit > usd:
            usd, spans[:2] = richest.profit - step.profit, [richest.time, step.time]
        fall = 1 - step.growth / highest.growth
        if fall > fraction:
            fraction, spans[2:] = fall, [highest.time, step.time]
    return Drawdown(usd, spans[0], spans[1], fraction, spans[2], spans[3])
