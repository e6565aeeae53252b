"""The standing that the exchange's own answers amount to: what a stored one has to equal."""

from collections.abc import Mapping
from decimal import Decimal

from exchange.equity import CollateralOf, Equity, PriceOf, States, usdc_everywhere
from snapshots.pnl.executions import USDC, ZERO
from snapshots.pnl.standing import Held, Standing


def standing_of(
    time: int,
    equity: Equity,
    states: States,
    price_of: PriceOf,
    collateral_of: CollateralOf = usdc_everywhere,
    marks: Mapping[str, Decimal] | None = None,
) -> Standing | None:
    """The standing that goes with what ``equity_of`` computed from the same states; None if it could not."""
    if equity.total is None:
        return None
    tokens: dict[str, Decimal] = {}
    for line in equity.lines:
        if line.kind != "vault" and line.quantity is not None:
            tokens[line.token] = tokens.get(line.token, ZERO) + line.quantity
    positions: dict[str, Held] = {}
    for dex, state in states:
        for row in state.asset_positions:
            position = row.position
            value = position.position_value or ZERO
            signed = value if position.szi > 0 else -value
            positions[position.coin] = Held(position.szi, signed, collateral_of(dex))
    prices = {token: price for token in {*tokens, USDC} if (price := price_of(token)) is not None}
    return Standing(time, tokens, positions, {**prices, USDC: Decimal(1)}, marks or {})
