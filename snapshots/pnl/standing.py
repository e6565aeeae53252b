"""Where an account stood at one moment, as the exchange said: tokens, their prices, and perp positions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange.equity import CollateralOf, Equity, PriceOf, States, usdc_everywhere
from snapshots.pnl.executions import USDC, ZERO


@dataclass(frozen=True, slots=True)
class Held:
    """A perp position: signed size in coins, signed value (size x mark) in its collateral ``token``."""

    size: Decimal
    value: Decimal
    token: str = USDC


@dataclass(frozen=True, slots=True)
class Standing:
    """``tokens`` are all there are, perp margin and unrealised PnL included; ``prices`` USD of one token.

    A token without a price is not counted, here as in ``Equity``. Vault deposits and staked tokens stay outside.
    ``marks`` of perps, held or not, in their collateral, price what the record has and the exchange has not.
    """

    time: int
    tokens: Mapping[str, Decimal]
    positions: Mapping[str, Held] = field(default_factory=dict)
    prices: Mapping[str, Decimal] = field(default_factory=lambda: {USDC: Decimal(1)})
    marks: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def equity(self) -> Decimal:
        """USD."""
        return sum((amount * self.prices.get(token, ZERO) for token, amount in self.tokens.items()), ZERO)


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
