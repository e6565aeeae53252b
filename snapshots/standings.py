"""Standings out of stored rows: what an account had at one moment, for the bridge from one to the next.

The lines of a stored equity say in words what they are made of (``12.5 HYPE at $30.1``); here they are read.
"""

import re
from collections.abc import Iterable
from decimal import Decimal

from exchange.equity import USDC
from snapshots.models import EquitySnapshot, PositionSnapshot
from snapshots.pnl.standing import Held, Standing

MADE_OF = re.compile(r"(-?[\d.]+) (\S+) at \$([\d.]+)")
"""Quantity, token and USD of one token, as ``exchange.equity`` writes them; a line without is in USDC."""


def standing_at(equity: EquitySnapshot, positions: Iterable[PositionSnapshot]) -> Standing | None:
    """The standing of this equity with these positions; None if the equity could not be computed."""
    if equity.equity is None:
        return None
    tokens: dict[str, Decimal] = {}
    prices = {USDC: Decimal(1)}
    for kind, _, amount, why in equity.lines:
        if kind == "vault" or amount is None:
            continue
        quantity, token, price = _made_of(amount, why)
        tokens[token] = tokens.get(token, Decimal(0)) + quantity
        prices[token] = price
    of_dex = collaterals(equity)
    held = {row.coin: _held(row, of_dex.get(row.dex, USDC)) for row in positions}
    return Standing(equity.time, tokens, held, prices)


def collaterals(equity: EquitySnapshot) -> dict[str, str]:
    """The token that each dex keeps its margin in, as far as the lines say."""
    lines = [line for line in equity.lines if line[0] in ("perp", "unrealized") and line[2] is not None]
    return {dex: _made_of(amount, why)[1] for _, dex, amount, why in lines}


def _made_of(amount: str, why: str) -> tuple[Decimal, str, Decimal]:
    found = MADE_OF.search(why)
    if found is None:
        return Decimal(amount), USDC, Decimal(1)
    quantity, token, price = found.groups()
    return Decimal(quantity), token, Decimal(price)


def _held(row: PositionSnapshot, token: str) -> Held:
    value = row.position_value or Decimal(0)
    return Held(row.szi, value if row.szi > 0 else -value, token)
