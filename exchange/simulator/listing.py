"""What the exchange fixes about one market when it lists it."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["perp", "spot", "outcome"]


@dataclass(frozen=True, slots=True)
class Listing:
    """One market. Sizes count lots of ``10**-sz_decimals``, prices ``10**-px_decimals``.

    Their product counts ``10**-6`` dollars for perps and ``10**-8`` for spot and outcomes, always:
    the exchange's own rule that both decimals add up to 6 or 8 makes all sums exact integers.
    """

    name: str
    kind: Kind
    dex: str
    index: int
    sz_decimals: int
    price: float
    day_usd: float
    rate: float
    volatility: float
    age_days: int
    max_leverage: int = 1
    margin_table: int = 0
    delisted: bool = False
    dead: bool = False
    collateral: int = 0
    tokens: tuple[int, int] = (0, 0)
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def px_decimals(self) -> int:
        return (6 if self.kind == "perp" else 8) - self.sz_decimals

    @property
    def lots(self) -> int:
        """Lots in one coin."""
        return int(10**self.sz_decimals)

    @property
    def money(self) -> int:
        """Units of price × size in one dollar."""
        return 1_000_000 if self.kind == "perp" else 100_000_000

    @property
    def trading(self) -> bool:
        return not (self.delisted or self.dead)
