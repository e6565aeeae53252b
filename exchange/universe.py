"""Universe: every name the exchange knows, from a fresh ``meta``. Only these may be subscribed to.

A wrong name kills the whole socket without a word (API.md section 4), so nothing that a user or
an old page says reaches the exchange before it has been looked up here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from exchange.wire.market import Meta, SpotMeta


@dataclass(frozen=True, slots=True)
class Coin:
    """One market. ``kind`` is ``perp`` or ``spot``; ``dex`` is ``""`` for the first dex and for spot.

    ``name`` is the exchange's (``BTC``, ``xyz:SP500``, ``@107``); ``label`` is what people read
    (``BTC``, ``xyz:SP500``, ``HYPE/USDC``). ``position`` is the place in ``meta.universe``, or the
    spot pair's ``index``. ``quote`` is the collateral or quote token's name, if known.
    """

    name: str
    label: str
    kind: str
    dex: str
    position: int
    sz_decimals: int
    max_leverage: int = 0
    is_delisted: bool = False
    only_isolated: bool = False
    quote: str = "USDC"
    category: str = ""

    @property
    def max_price_decimals(self) -> int:
        """Most decimals a price may have: 6 (perps) or 8 (spot) less the size's decimals (API.md section 3)."""
        return max(0, (8 if self.kind == "spot" else 6) - self.sz_decimals)

    def tick(self, price: Decimal) -> Decimal:
        """The smallest price step at ``price``: five significant figures, never above 1 (API.md section 3)."""
        step = Decimal(1).scaleb(-self.max_price_decimals)
        if price > 0:
            step = max(step, Decimal(1).scaleb(price.adjusted() - 4))
        return min(step, Decimal(1))


@dataclass(frozen=True)
class Universe:
    """All coins by name, with each dex's coins in the order its contexts come in."""

    coins: Mapping[str, Coin] = field(default_factory=dict)

    def __contains__(self, name: object) -> bool:
        return name in self.coins

    def __len__(self) -> int:
        return len(self.coins)

    def get(self, name: str) -> Coin | None:
        """The coin of exactly this name (names are case-sensitive), or None."""
        return self.coins.get(name)

    @cached_property
    def dexes(self) -> tuple[str, ...]:
        """Names of the perp dexes, the first one ``""``."""
        return tuple(self.by_dex)

    @cached_property
    def by_dex(self) -> dict[str, list[Coin]]:
        """Each dex's perps by position: what positional contexts are joined with."""
        dexes: dict[str, list[Coin]] = {}
        for coin in self.coins.values():
            if coin.kind == "perp":
                dexes.setdefault(coin.dex, []).append(coin)
        return dexes

    @classmethod
    def build(
        cls,
        metas: Iterable[tuple[str, Meta]],
        spot: SpotMeta | None,
        categories: Mapping[str, str] | None = None,
    ) -> "Universe":
        """From each dex's ``meta`` (first dex first) and ``spotMeta``; categories from ``perpCategories``."""
        tokens = {token.index: token for token in spot.tokens} if spot else {}
        coins: dict[str, Coin] = {}
        for dex, meta in metas:
            collateral = tokens.get(meta.collateral_token if meta.collateral_token is not None else 0)
            for position, asset in enumerate(meta.universe):
                coins[asset.name] = Coin(
                    name=asset.name,
                    label=asset.name,
                    kind="perp",
                    dex=dex,
                    position=position,
                    sz_decimals=asset.sz_decimals,
                    max_leverage=asset.max_leverage,
                    is_delisted=bool(asset.is_delisted),
                    only_isolated=bool(asset.only_isolated),
                    quote=collateral.name if collateral else "USDC",
                    category=(categories or {}).get(asset.name, ""),
                )
        for pair in spot.universe if spot else ():
            base, quote = tokens.get(pair.tokens[0]), tokens.get(pair.tokens[1])
            coins[pair.name] = Coin(
                name=pair.name,
                label=f"{base.name}/{quote.name}" if base and quote else pair.name,
                kind="spot",
                dex="",
                position=pair.index,
                sz_decimals=base.sz_decimals if base else 0,
                quote=quote.name if quote else "",
            )
        return cls(coins)
