"""From one equity to the next, line by line, with what could not be explained printed as the residual.

    start + deposits - withdrawals + price PnL - fees + funding + … = end

Two Standings, which the exchange gave, and everything that the record says happened between them. Each
line is worked out from the record alone, so the residual is exactly what the record does not have (or the
exchange counts otherwise): with one fill missing it is that fill's part.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange.equity import CollateralOf, usdc_everywhere
from exchange.wire.cashflows import FundingPayment
from snapshots.pnl.executions import ZERO, Execution
from snapshots.pnl.flows import EXTERNAL, Flow
from snapshots.pnl.movements import Movements
from snapshots.pnl.position import positions
from snapshots.pnl.standing import Standing

ORDER = (*EXTERNAL, "realised", "unrealised", "fee", "funding", "interest", "reward", "tokens")
"""Lines as they are printed; ``tokens`` is the change of price of what was held in tokens other than USDC."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bridge: USD that it added, from ``count`` rows of the record (coins, tokens if unrealised)."""

    name: str
    usd: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Bridge:
    """``start`` + ``lines`` = ``explained``; ``end`` - ``explained`` = ``residual``; all in USD.

    ``residuals`` are the same by token, in tokens: they name where to look, even if they cancel out.
    ``not_counted`` says in words which rows had no amount that could be known.
    """

    start: Decimal
    lines: tuple[Line, ...]
    end: Decimal
    residuals: Mapping[str, Decimal] = field(default_factory=dict)
    not_counted: tuple[str, ...] = ()

    @property
    def explained(self) -> Decimal:
        return self.start + sum((line.usd for line in self.lines), ZERO)

    @property
    def residual(self) -> Decimal:
        return self.end - self.explained

    @property
    def pnl(self) -> Decimal:
        """What was earned: every line that is not money brought in or taken out."""
        return sum((line.usd for line in self.lines if line.name not in EXTERNAL), ZERO)


def bridge(
    start: Standing,
    end: Standing,
    executions: Iterable[Execution],
    fundings: Iterable[FundingPayment] = (),
    flows: Iterable[Flow] = (),
    collateral_of: CollateralOf = usdc_everywhere,
) -> Bridge:
    """The bridge between two standings of one account.

    Only rows of the time between them count; fills from before tell the entries of what was held, so that
    ``realised`` is what the calendar says. Without them the sum is the same.
    """
    rows, moves = list(executions), Movements(start, end, collateral_of)
    for row in rows:
        moves.trade(row)
    for part in (part for lives in positions(rows) for life in lives for part in life.parts):
        moves.realise(part)
    for payment in fundings:
        moves.fund(payment)
    for flow in flows:
        moves.flow(flow)
    moves.settle()
    lines = tuple(Line(name, moves.usd[name], moves.count[name]) for name in sorted(moves.usd, key=_rank))
    return Bridge(start.equity, lines, end.equity, moves.residuals, tuple(moves.not_counted))


def _rank(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)
