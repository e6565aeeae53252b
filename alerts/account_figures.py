"""Fills the slots about accounts: positions at the newest marks, equity, margin. No data once they are too old.

"Any of my wallets" is known only while all of them are: the riskiest may be the one that is not.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from alerts.figure import HIGHEST, LOWEST, Figure
from alerts.metrics import METRICS
from alerts.metrics.metric import POSITION
from alerts.slot import Slot
from exchange.account_marks import Held, equity_now, held
from exchange.account_summary import POLLED_LIMIT_MS, STREAMED_LIMIT_MS
from exchange.account_views import AccountView, AccountViews
from exchange.equity import USDC, PriceOf, usd_prices
from exchange.events import Event, Mids, Prices
from exchange.market import Market

ZERO, HUNDRED, NEVER = Decimal(0), Decimal(100), Decimal("Infinity")

OF_POSITION: dict[str, Callable[[Held], Decimal | None]] = {
    "liquidation_distance": lambda one: NEVER if one.distance is None else one.distance * HUNDRED,
    "position_pnl": lambda one: one.profit,
    "position_leverage": lambda one: Decimal(one.position.leverage.value) if one.position.leverage else None,
    "position_value": lambda one: one.value,
}
WITHOUT_POSITION = {"liquidation_distance": NEVER}
"""What is said of a position that is flat (others: 0). A position without liquidation price is as safe."""


class AccountFigures:
    """``members`` says which addresses ``user:<id>`` stands for."""

    def __init__(self, market: Market, touched: Callable[[list[int]], None]) -> None:
        self.market, self.touched = market, touched
        self.views = AccountViews()
        self.members: Mapping[str, Sequence[str]] = {}
        self.slots: list[Slot] = []
        self._by_address: dict[str, list[Slot]] = defaultdict(list)
        self._asked: dict[Slot, int] = {}
        """Since when nothing has been known of a figure that was never known."""

    def add(self, slot: Slot) -> None:
        """Fill this slot from now on."""
        self.slots.append(slot)
        for address in self.addresses(slot.figure):
            self._by_address[address].append(slot)

    def know(self, members: Mapping[str, Sequence[str]]) -> None:
        """Users' wallets as they are now."""
        if members != self.members:
            self.members = members
            self.forget(set())

    def forget(self, slots: set[Slot]) -> None:
        """Fill these no more: nobody watches them. The rest is sorted by its addresses anew."""
        kept, self.slots = [slot for slot in self.slots if slot not in slots], []
        self._asked = {slot: at for slot, at in self._asked.items() if slot not in slots and not slot.is_heard}
        self._by_address.clear()
        for slot in kept:
            self.add(slot)

    def owners(self, address: str) -> list[str]:
        """``user:<id>`` of those who mean this address by "my wallets"."""
        return [owner for owner, addresses in self.members.items() if address in addresses]

    def take(self, event: Event, at: int) -> None:
        """An event about one account, or prices, which move all of them."""
        if isinstance(event, Prices | Mids):
            self.refresh(self.slots, at)
            return
        address = getattr(event, "user", None)
        if address is not None:
            self.views.apply(event)
            self.refresh(self._by_address.get(address, ()), at)

    def refresh(self, slots: Sequence[Slot], at: int) -> None:
        """Compute these as of ``at``, Unix ms."""
        if not slots:
            return
        price_of = usd_prices(self.market.coins)
        known: dict[str, dict[str, Decimal | None] | None] = {}
        for slot in slots:
            value = self._value(slot.figure, at, price_of, known)
            is_silent = at > 0 and not slot.is_heard and at - self._asked.setdefault(slot, at) > POLLED_LIMIT_MS
            if (value != slot.value or is_silent) and (hit := slot.take(at, value)):
                self.touched(hit)

    def addresses(self, figure: Figure) -> Sequence[str]:
        """Whose it is."""
        account = figure.subject.partition("/")[0]
        return self.members.get(account, ()) if account.startswith("user:") else (account,)

    def _value(self, figure: Figure, at: int, price_of: PriceOf, known: dict) -> Decimal | None:
        which = figure.subject.partition("/")[2]
        is_position = METRICS[figure.metric].scope == POSITION
        values: list[Decimal | None] = []
        for address in self.addresses(figure):
            view = self.views.get(address)
            if view is None or is_old(view, at):
                return None
            if address not in known:
                known[address] = self._figures(view, price_of)
            if is_position:
                found = [value for name, value in known[address].items() if name.startswith(figure.metric + "/")]
                one = known[address].get(f"{figure.metric}/{which}", WITHOUT_POSITION.get(figure.metric, ZERO))
                flat = [WITHOUT_POSITION.get(figure.metric, ZERO)]
                values += (found or flat) if which in (LOWEST, HIGHEST) else [one]
            else:
                values.append(known[address][figure.metric])
        if not values or None in values:
            return None
        return max(values) if which == HIGHEST else min(values)  # type: ignore[type-var]

    def _figures(self, view: AccountView, price_of: PriceOf) -> dict[str, Decimal | None]:
        """All figures of one account: by metric, or metric/coin."""
        positions = list(held(view, self.market.coins, self.market.universe))
        found = {f"{name}/{one.position.coin}": of(one) for one in positions for name, of in OF_POSITION.items()}
        equity = equity_now(view, positions, price_of, self.market.universe).total
        margin, value = (total(positions, name, price_of) for name in ("margin", "value"))
        return found | {
            "equity": equity,
            "unrealized_pnl": total(positions, "profit", price_of),
            "margin_usage": _share(margin, equity, HUNDRED),
            "leverage": _share(value, equity, Decimal(1)),
        }


def is_old(view: AccountView, at: int) -> bool:
    """Whether nobody knows what the account holds by now."""
    limit = STREAMED_LIMIT_MS if view.how == "streamed" else POLLED_LIMIT_MS
    return view.positions_at is None or at - view.positions_at > limit


def total(positions: Sequence[Held], name: str, price_of: PriceOf) -> Decimal | None:
    """The sum of an amount of all positions in USD; None if a part is not known."""
    sum_ = ZERO
    for one in positions:
        amount, price = getattr(one, name), Decimal(1) if one.token == USDC else price_of(one.token)
        if amount is None or price is None:
            return None
        sum_ += amount * price
    return sum_


def _share(part: Decimal | None, whole: Decimal | None, times: Decimal) -> Decimal | None:
    """Infinite where nothing backs what is held."""
    if part is None or whole is None:
        return None
    if whole <= 0:
        return NEVER if part else ZERO
    return part / whole * times
