"""Buyers against sellers: the cumulative volume delta (CVD) of a coin's public trades, and how complete it is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from snapshots import coverage
from snapshots.coverage import COVERED, GAP, Span
from snapshots.minutes import MINUTE
from snapshots.models import TradeMinute, TradeSnapshot

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Step:
    """What takers bought and sold from ``time`` (Unix ms) on, in coins."""

    time: int
    bought: Decimal
    sold: Decimal


@dataclass(frozen=True, slots=True)
class Pressure:
    """``steps`` in order, from ``since`` to the last trade at ``until`` (Unix ms), where ``asked`` is the start
    that was wanted. ``holes`` are the parts of that time of which trades may be missing; from ``proved`` on
    nothing was compared with the exchange's bars yet. ``is_recorded`` is False where all we have is the tape.
    """

    steps: Sequence[Step]
    asked: int
    since: int
    until: int
    proved: int
    holes: Sequence[Span] = ()
    is_recorded: bool = True

    @property
    def bought(self) -> Decimal:
        """Coins that takers bought."""
        return sum((step.bought for step in self.steps), ZERO)

    @property
    def sold(self) -> Decimal:
        """Coins that takers sold."""
        return sum((step.sold for step in self.steps), ZERO)

    @property
    def delta(self) -> Decimal:
        """Bought without sold: the CVD at ``until``."""
        return self.bought - self.sold


def pressure_of(coin: str, start: int, end: int) -> Pressure | None:
    """From the stored minutes, and of the newest from its trades; None if none are stored. Three queries.

    ``start`` (Unix ms) goes back to its minute's beginning.
    """
    start = start // MINUTE * MINUTE
    rows = list(TradeMinute.objects.of(coin, start, end).values_list("time", "bought", "sold"))
    if not rows:
        return None
    newest = rows.pop()[0]
    trades = TradeSnapshot.objects.coin(coin).between(newest, end).order_by("time", "tid")
    last = list(trades.values_list("time", "side", "sz"))
    steps = [*(Step(*row) for row in rows), of_trades(newest, ((side, sz) for _, side, sz in last))]
    until = last[-1][0] if last else newest
    spans = coverage.spans(f"trades:{coin}", start, max(until, start) + 1)
    since = _since(spans, steps, start)
    steps = [step for step in steps if step.time >= since]
    known = [span for span in spans if span.state in (COVERED, GAP)]
    proved = known[-1].end if known else since
    holes = [span for span in spans if span.state != COVERED and since <= span.start < proved]
    return Pressure(steps, start, since, until, proved, holes) if steps else None


def of_trades(time: int, trades: Iterable[tuple[str, Decimal]]) -> Step:
    """The sum of trades (side of the taker, coins), as one step from ``time`` on."""
    bought = sold = ZERO
    for side, sz in trades:
        if side == "B":
            bought += sz
        else:
            sold += sz
    return Step(time, bought, sold)


def _since(spans: Sequence[Span], steps: Sequence[Step], start: int) -> int:
    """Where the record begins within the time: its first minute is not whole, so it does not count."""
    if spans[0].state in (COVERED, GAP):
        return start
    return spans[0].end if len(spans) > 1 else steps[0].time + MINUTE
