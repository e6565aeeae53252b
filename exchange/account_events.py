"""Events about one address (API.md sections 5 and 7). A snapshot repeats rows that are already known.

Frames of ``orderUpdates``, ``userEvents`` and ``notification`` do not say whose they are, and nothing
repeats them after a gap: use one connection per user, or rather ``openOrders`` and ``userFills``.
"""

from exchange.events import Event
from exchange.wire import account
from exchange.wire.cashflows import FundingPayment, LedgerRow, Liquidation
from exchange.wire.fills import Fill, TwapRecord, TwapSlice, TwapState
from exchange.wire.orders import CancelledByExchange, Order, OrderRecord
from exchange.wire.vaults import VaultEquity


class AccountStates(Event, frozen=True):
    """Margin and positions per dex; ``is_all`` says that no other dex has any."""

    user: str
    states: list[tuple[str, account.ClearinghouseState]]
    is_all: bool


class OpenOrders(Event, frozen=True):
    """All resting orders of one dex; spot orders ride with dex ``""``."""

    user: str
    dex: str
    orders: list[Order]


class SpotState(Event, frozen=True):
    """All balances."""

    user: str
    state: account.SpotState


class UserFills(Event, frozen=True):
    """New fills, without TWAP slices; a snapshot holds only the last few and repeats known ones."""

    user: str
    fills: list[Fill]
    is_snapshot: bool


class UserFundings(Event, frozen=True):
    """Funding paid or received."""

    user: str
    fundings: list[FundingPayment]
    is_snapshot: bool


class LedgerUpdates(Event, frozen=True):
    """Deposits, withdrawals, transfers, liquidations ..."""

    user: str
    updates: list[LedgerRow]
    is_snapshot: bool


class HistoricalOrders(Event, frozen=True):
    """What became of orders; the same oid may come again with a later status."""

    user: str
    orders: list[OrderRecord]
    is_snapshot: bool


class TwapSlices(Event, frozen=True):
    """Fills made by TWAPs."""

    user: str
    slices: list[TwapSlice]
    is_snapshot: bool


class TwapHistory(Event, frozen=True):
    """Beginnings and ends of TWAPs; their ``time`` is in seconds."""

    user: str
    history: list[TwapRecord]
    is_snapshot: bool


class TwapStates(Event, frozen=True):
    """All running TWAPs of one dex, by id."""

    user: str
    dex: str
    states: list[tuple[int, TwapState]]


class WebData3(Event, frozen=True):
    """Settings of an account, and its vault equity per dex."""

    data: account.WebData


class ActiveAssetData(Event, frozen=True):
    """What an account could trade in one perp."""

    data: account.ActiveAssetData


class OrderUpdates(Event, frozen=True):
    """Orders that changed. Whose, the frame does not say."""

    updates: list[OrderRecord]


class UserEvent(Event, frozen=True):
    """Exactly one of these, or none. Whose, the frame does not say."""

    fills: list[Fill] | None = None
    funding: FundingPayment | None = None
    liquidation: Liquidation | None = None
    cancelled: list[CancelledByExchange] | None = None
    twap_history: list[TwapRecord] | None = None
    twap_slices: list[TwapSlice] | None = None


class Notification(Event, frozen=True):
    """A text for people. For whom, the frame does not say."""

    text: str


# What the tracker says of its own work ---------------------------------------------------------


class AccountMode(Event, frozen=True):
    """The word that ``userAbstraction`` answered: how the account's money is kept (API.md section 8)."""

    user: str
    mode: str


class VaultDeposits(Event, frozen=True):
    """What the account has in vaults, all of them."""

    user: str
    equities: list[VaultEquity]


class Following(Event, frozen=True):
    """How an account is followed from now on, and why no better.

    ``how`` is ``waiting`` (nothing was heard yet), ``streamed``, ``polled``, ``refused`` (by the exchange, and
    polled) or ``ended``. ``role`` is what ``userRole`` said when the address was added, if anything.
    """

    user: str
    how: str
    why: str = ""
    role: str = ""


class Covered(Event, frozen=True):
    """All rows of ``stream`` (``fills:0x…``, ``twaps:``, ``fundings:``, ``ledger:``) between ``start`` and ``end``
    (Unix ms of the exchange) have been yielded before this event: REST was asked for the whole interval.
    """

    stream: str
    start: int
    end: int
