"""Prices of tokens in USD out of the Market, with the time at which each was said."""

from exchange.market import Market
from exchange.universe import Universe
from snapshots.record_states import Price


class Prices:
    """Looks into a Market; which pair prices a token is worked out once for each universe."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._universe: Universe | None = None
        self._pairs: dict[str, str] = {}

    def of(self, token: str) -> Price | None:
        """The mid against USDC, or the mark where a side of the book is empty; None if there is no such pair."""
        if self._universe is not self.market.universe:
            self._universe = self.market.universe
            coins = self._universe.coins.values()
            self._pairs = {one.label.split("/")[0]: one.name for one in coins if one.label.endswith("/USDC")}
        name = self._pairs.get(token)
        state = self.market.coins.get(name) if name else None
        if state is None:
            return Price(None, None) if name else None
        return Price(state.mid or state.mark, state.prices_at)

    def collateral_of(self, dex: str) -> str:
        """The token in which a dex keeps its margin."""
        coins = self.market.universe.by_dex.get(dex)
        return coins[0].quote if coins else "USDC"
