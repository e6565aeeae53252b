"""AccountView: what is known of one followed account now. ``AccountViews`` is the sum of all account events.

Plain attributes, synchronous, no clock: times come with the events. One writer applies; others read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from exchange import account_events as said
from exchange.events import Event
from exchange.wire.account import ClearinghouseState, SpotState
from exchange.wire.orders import Order
from exchange.wire.vaults import VaultEquity


@dataclass(slots=True, eq=False)
class AccountView:
    """One address. Times are Unix ms of receipt; None is "not heard yet".

    ``states`` and ``orders`` are by dex (``""`` the first; spot orders ride with it). ``mode`` is the word of
    ``userAbstraction``, ``how`` and ``why`` are those of ``Following``.
    """

    address: str
    role: str = ""
    mode: str | None = None
    how: str = "waiting"
    why: str = ""
    states: dict[str, ClearinghouseState] = field(default_factory=dict)
    states_at: dict[str, int] = field(default_factory=dict)
    spot: SpotState | None = None
    spot_at: int | None = None
    orders: dict[str, list[Order]] = field(default_factory=dict)
    orders_at: dict[str, int] = field(default_factory=dict)
    vaults: list[VaultEquity] = field(default_factory=list)
    version: int = 0
    """Rises with each change."""

    @property
    def positions_at(self) -> int | None:
        """When the oldest of the states with a position (without any: the first dex's) was received."""
        used = [dex for dex, state in self.states.items() if state.asset_positions]
        times = [self.states_at[dex] for dex in used or [""] if dex in self.states_at]
        return min(times, default=None)

    def used_dexes(self) -> tuple[str, ...]:
        """The first dex and those where the account is known to have something."""
        return "", *(dex for dex, state in self.states.items() if dex and _is_used(state))

    def signature(self) -> frozenset[tuple[str, str]]:
        """What a trade or a payment would change: sizes and settled money, but not prices."""
        held = {(p.position.coin, str(p.position.szi)) for s in self.states.values() for p in s.asset_positions}
        margins = [(dex, s.margin_summary) for dex, s in self.states.items() if s.margin_summary]
        cash = {(f"dex {dex}", str(margin.total_raw_usd)) for dex, margin in margins if margin.total_raw_usd}
        spot = {(f"spot {b.coin}", str(b.total)) for b in (self.spot.balances or () if self.spot else ())}
        return frozenset(held | cash | spot)


def _is_used(state: ClearinghouseState) -> bool:
    value = state.margin_summary.account_value if state.margin_summary else None
    return bool(state.asset_positions or value)


class AccountViews:
    """All followed accounts, by address in lower case."""

    def __init__(self) -> None:
        self.by_address: dict[str, AccountView] = {}

    def get(self, address: str) -> AccountView | None:
        """The account, if it is followed."""
        return self.by_address.get(address)

    def apply(self, event: Event) -> None:
        """Take one event in; those of accounts that are not followed, and of other kinds, are passed over."""
        if isinstance(event, said.Following):
            self._following(event)
            return
        view = self.by_address.get(getattr(event, "user", ""))
        if view is None:
            return
        match event:
            case said.AccountStates():
                _take_states(view, event)
            case said.SpotState():
                view.spot, view.spot_at = event.state, event.received_at
            case said.OpenOrders():
                view.orders[event.dex], view.orders_at[event.dex] = event.orders, event.received_at
            case said.VaultDeposits():
                view.vaults = event.equities
            case said.AccountMode():
                view.mode = event.mode
            case _:
                return
        view.version += 1

    def _following(self, event: said.Following) -> None:
        if event.how == "ended":
            self.by_address.pop(event.user, None)
            return
        view = self.by_address.setdefault(event.user, AccountView(event.user))
        view.how, view.why = event.how, event.why
        view.role = event.role or view.role
        view.version += 1


def _take_states(view: AccountView, event: said.AccountStates) -> None:
    """States of one moment; an answer that was overtaken by a newer state is passed over."""
    named = {dex for dex, _ in event.states}
    if event.is_all:
        _forget(view, (dex for dex in list(view.states) if dex not in named))
    for dex, state in event.states:
        held = view.states.get(dex)
        if held is None or state.time >= held.time:
            view.states[dex], view.states_at[dex] = state, event.received_at


def _forget(view: AccountView, dexes: Iterable[str]) -> None:
    for dex in dexes:
        view.states.pop(dex)
        view.states_at.pop(dex, None)
