"""The exchange's own ``closedPnl`` of each closing fill, worked out again from the fills before it.

Perps: the exchange keeps the average entry exactly, cuts it off (does not round it) to the decimals that a
price of the coin may have, and multiplies. Where that falls on a whole step, a binary float a hair below it
is cut to the step below: such fills are ``within_step``. Spot: the coins that a fee took count as lost, so
``closedPnl`` has the fees of buys in it. Found in ten recorded accounts; nothing here is needed for PnL, it
proves it. An entry from before the record is learned from the first fill that closes some of it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from snapshots.pnl.chain import node
from snapshots.pnl.executions import ZERO, Execution

MOST_DECIMALS = {"perp": 6, "spot": 8}
"""Decimals of a price and of a size together (API.md section 3)."""
LAST_DIGIT = Decimal("1.5e-6")
HAIR = Decimal("1e-14")
"""What our own divisions may have lost: 84498 that came out as 84497.99… is not cut off to 84497.9."""


@dataclass(frozen=True, slots=True)
class Unlike:
    """A closing fill that was not reproduced, and why; amounts in the market's money."""

    execution: Execution
    said: Decimal
    ours: Decimal | None
    reason: str


@dataclass(slots=True)
class Closed:
    """How many closing fills were reproduced to the last digit, within a step of the entry, or not."""

    exact: int = 0
    within_step: int = 0
    unlike: list[Unlike] = field(default_factory=list)

    def compare(self, row: Execution, entry: Decimal | None, step: Decimal, reason: str) -> None:
        """Take in one closing fill; without an ``entry`` for the ``reason`` given."""
        said = row.fill.closed_pnl
        if row.how == "dust" or entry is None:
            reason = "a dust conversion says 0" if row.how == "dust" else reason
            self.unlike.append(Unlike(row, said, None, reason))
            return
        ours = (row.price - entry) * row.closing * (1 if row.start > 0 else -1)
        off = abs(ours - said)
        if off <= LAST_DIGIT:
            self.exact += 1
        elif off <= step * row.closing + LAST_DIGIT:
            self.within_step += 1
        else:
            self.unlike.append(Unlike(row, said, ours, "not explained"))


def check(executions: Iterable[Execution]) -> Closed:
    """Work out the ``closedPnl`` of every closing fill again."""
    coins: dict[str, list[Execution]] = defaultdict(list)
    for row in executions:
        coins[row.coin].append(row)
    closed = Closed()
    for rows in coins.values():
        _check_coin(rows, closed)
    return closed


def step_of(rows: Iterable[Execution], kind: str) -> Decimal:
    """The step of a coin's entry price, from the finest size that was traded."""
    finest = max(_decimals(row.size) for row in rows)
    return Decimal(1).scaleb(-max(0, MOST_DECIMALS.get(kind, 8) - finest))


def _check_coin(rows: list[Execution], closed: Closed) -> None:
    is_perp = rows[0].kind == "perp"
    step = step_of(rows, rows[0].kind)
    cost, reason = ZERO, "it began before the record"
    known, end = False, None
    for row in rows:
        if end is None or node(end) != node(row.start) or row.start == 0:
            known, cost = row.start == 0, ZERO
            reason = reason if end is None else "fills or transfers are missing before it"
        if row.closing:
            entry = cost / abs(row.start)
            if is_perp:
                entry = (entry + HAIR).quantize(step, rounding=ROUND_DOWN)
            closed.compare(row, entry if known else None, step, reason)
            if not known and row.how != "dust":
                known, cost = True, _entry_said(row) * abs(row.start)
        cost, end = _cost_after(row, cost), row.end


def _entry_said(row: Execution) -> Decimal:
    """The entry that the fill's ``closedPnl`` speaks of."""
    return row.price - row.fill.closed_pnl / row.closing * (1 if row.start > 0 else -1)


def _cost_after(row: Execution, cost: Decimal) -> Decimal:
    """What the open position was entered for, after the fill."""
    if row.start * row.end < 0:
        return abs(row.end) * row.price
    return cost * abs(row.end / row.start) if row.closing else cost + row.size * row.price


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
