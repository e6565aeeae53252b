"""Standings out of stored rows: what an account had at one moment, for the bridge from one to the next."""

from collections.abc import Iterable
from decimal import Decimal

from exchange.equity import USDC
from snapshots.models import EquitySnapshot, PositionSnapshot
from snapshots.pnl.standing import Held, Standing


def standing_at(equity: EquitySnapshot, positions: Iterable[PositionSnapshot]) -> Standing | None:
    """The standing of this equity with these positions; None if the equity could not be computed."""
    if equity.equity is None:
        return None
    tokens: dict[str, Decimal] = {}
    prices = {USDC: Decimal(1)}
    for line in equity.parts:
        if line.kind == "vault" or line.quantity is None:
            continue
        tokens[line.token] = tokens.get(line.token, Decimal(0)) + line.quantity
        if line.price is not None:
            prices[line.token] = line.price
    of_dex = collaterals(equity)
    held = {row.coin: _held(row, of_dex.get(row.dex, USDC)) for row in positions}
    return Standing(equity.time, tokens, held, prices)


def collaterals(equity: EquitySnapshot) -> dict[str, str]:
    """The token that each dex keeps its margin in, as far as the lines say."""
    lines = [line for line in equity.parts if line.kind in ("perp", "unrealized") and line.quantity is not None]
    return {line.subject: line.token for line in lines}


def _held(row: PositionSnapshot, token: str) -> Held:
    value = row.position_value or Decimal(0)
    return Held(row.szi, value if row.szi > 0 else -value, token)
