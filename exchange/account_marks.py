"""Positions at the newest marks: what an account's last state would say now.

The exchange repeats an account's state every 5 s at best; marks come every second. A mark that the Market heard
before the state was received changes nothing. Amounts are in the dex's collateral.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange.account_views import AccountView
from exchange.equity import USDC, Equity, EquityLine, PriceOf, equity_of
from exchange.market_state import CoinState
from exchange.universe import Universe
from exchange.wire.account import Position

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Held:
    """One position now. ``moved`` is what it made since the state was received; None is "not said"."""

    dex: str
    token: str
    position: Position
    mark: Decimal | None
    is_live: bool
    moved: Decimal

    @property
    def value(self) -> Decimal | None:
        return None if self.mark is None else abs(self.position.szi) * self.mark

    @property
    def profit(self) -> Decimal | None:
        said = self.position.unrealized_pnl
        return None if said is None else said + self.moved

    @property
    def return_on_equity(self) -> Decimal | None:
        """Unrealised PnL over the margin that opened the position, as the exchange counts it (API.md sec. 8)."""
        entry, leverage, profit = self.position.entry_px, self.position.leverage, self.profit
        cost = entry * abs(self.position.szi) if entry else None
        return profit * leverage.value / cost if cost and leverage and profit is not None else None

    @property
    def margin(self) -> Decimal | None:
        """Isolated margin moves by what the position makes, cross margin is a share of the value."""
        said, before, value = self.position.margin_used, self.position.position_value, self.value
        if said is None or self.position.leverage is None:
            return said
        if self.position.leverage.type == "isolated":
            return said + self.moved
        return said * value / before if before and value is not None else said

    @property
    def distance(self) -> Decimal | None:
        """How far the mark is from the liquidation price, as a fraction of the mark; None if it has none."""
        liquidation = self.position.liquidation_px
        return abs(self.mark - liquidation) / self.mark if self.mark and liquidation is not None else None


def collateral(universe: Universe, dex: str) -> str:
    """Name of the token that a dex keeps its margin in."""
    coins = universe.by_dex.get(dex)
    return coins[0].quote if coins else USDC


def held(view: AccountView, coins: Mapping[str, CoinState], universe: Universe) -> Iterator[Held]:
    """All positions at the newest marks."""
    for dex, state in view.states.items():
        token, at = collateral(universe, dex), view.states_at[dex]
        for row in state.asset_positions:
            position, coin = row.position, coins.get(row.position.coin)
            value, size = position.position_value, position.szi
            then = value / abs(size) if value is not None and size else None
            is_live = coin is not None and coin.mark is not None and (coin.prices_at or 0) >= at
            now = coin.mark if coin is not None and is_live else then
            moved = size * (now - then) if now is not None and then is not None else ZERO
            yield Held(dex, token, position, now, is_live, moved)


def equity_now(view: AccountView, positions: list[Held], price_of: PriceOf, universe: Universe) -> Equity:
    """What the account is worth: as the exchange last said, and a line for what its positions made since."""
    if view.mode is None:
        return Equity(None, reason="cannot compute yet: the account mode has not been received")
    if not view.states:
        return Equity(None, reason="cannot compute yet: the positions have not been received")
    states = list(view.states.items())
    said = equity_of(view.mode, states, view.spot, price_of, lambda dex: collateral(universe, dex), view.vaults)
    moved = sum((one.moved * (price_of(one.token) or ZERO) for one in positions), ZERO)
    if said.total is None or not moved:
        return said
    line = EquityLine("moved", "", moved, "what the positions made since then, at the newest marks")
    return Equity(said.total + moved, (*said.lines, line), said.reason, said.is_estimate)
