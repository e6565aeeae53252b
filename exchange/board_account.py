"""AccountSource: rows of ``account:<address>``, made anew when it has changed or a price that it hangs on."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from exchange.account_views import AccountView, AccountViews
from exchange.board_sources import Candidates, Times, whole
from exchange.market import Market
from exchange.market_state import Dirty
from exchange.rows import Rows
from exchange.rows_account import account_rows
from exchange.universe import Universe


class AccountSource:
    """One account; without rows while it is not followed."""

    def __init__(self, address: str, accounts: AccountViews, market: Market) -> None:
        self.address, self.accounts, self.market = address, accounts, market
        self._made_of: Any = ()
        self._universe: Universe | None = None
        self._pairs: dict[str, str] = {}

    @property
    def view(self) -> AccountView | None:
        return self.accounts.get(self.address)

    def fresh(self) -> Rows:
        view = self.view
        return account_rows(view, self.market.coins, self.market.universe) if view else {}

    def candidates(self, dirty: Dirty, sent: Rows) -> Candidates:
        view = self.view
        made_of = (view, view.version, *self._marks(view), *self._prices(view)) if view else None
        if made_of == self._made_of and not dirty.universe:
            return {}
        self._made_of = made_of
        return whole(self.fresh(), sent)

    def times(self) -> Times:
        view = self.view
        if view is None:
            return None, None
        said = max((state.time for state in view.states.values()), default=None)
        heard = [*view.states_at.values(), *view.orders_at.values()]
        return said, max([*heard, *([view.spot_at] if view.spot_at else [])], default=None)

    def _marks(self, view: AccountView) -> Iterator[tuple[Decimal | None, bool]]:
        """The mark of each position, and whether it is newer than the position."""
        for dex, state in view.states.items():
            for row in state.asset_positions:
                if coin := self.market.coins.get(row.position.coin):
                    yield coin.mark, (coin.prices_at or 0) >= view.states_at[dex]

    def _prices(self, view: AccountView) -> Iterator[tuple[Decimal | None, Decimal | None]]:
        """What the tokens of balances and margins cost."""
        if self._universe is not self.market.universe:
            self._universe = self.market.universe
            spot = [coin for coin in self._universe.coins.values() if coin.kind == "spot"]
            self._pairs = {coin.label: coin.name for coin in spot}
        tokens = {row.coin for row in (view.spot.balances if view.spot else None) or ()}
        tokens |= {coins[0].quote for dex, coins in self._universe.by_dex.items() if dex in view.states and coins}
        for token in sorted(tokens):
            if state := self.market.coins.get(self._pairs.get(f"{token}/USDC", "")):
                yield state.mid, state.mark
