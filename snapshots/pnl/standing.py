"""Where an account stood at one moment, as the exchange said: tokens, their prices, and perp positions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

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
