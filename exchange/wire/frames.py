"""The ``data`` of each socket channel, where it is more than a shape of its own (API.md section 5)."""

from decimal import Decimal

from msgspec import UNSET, UnsetType

from exchange.wire import Integer, Open, Wire, account, market
from exchange.wire.cashflows import FundingPayment, LedgerRow, Liquidation
from exchange.wire.fills import Fill, TwapRecord, TwapSlice, TwapState
from exchange.wire.orders import CancelledByExchange, Order, OrderRecord


class Mids(Wire, frozen=True):
    """``dex`` comes only when one was asked for."""

    mids: dict[str, Decimal]
    dex: str | None = None


class CoinContext(Wire, frozen=True):
    """``activeAssetCtx``."""

    coin: str
    ctx: market.PerpContext


class SpotCoinContext(Wire, frozen=True):
    """``activeSpotAssetCtx``."""

    coin: str
    ctx: market.SpotContext


class FastContext(Wire, frozen=True):
    """One coin inside ``fastAssetCtxs``: absent is unchanged, a null mid is no mid."""

    mark_px: Decimal | UnsetType | None = UNSET
    mid_px: Decimal | UnsetType | None = UNSET


class AllDexContexts(Wire, frozen=True):
    """Pairs of (dex, contexts by position in that dex's ``meta.universe``)."""

    ctxs: list[tuple[str, list[market.PerpContext]]]


class DexContexts(Wire, frozen=True):
    """``assetCtxs``: one dex, by position; undocumented."""

    ctxs: list[market.PerpContext]
    dex: str | None = None


class State(Wire, frozen=True):
    """``clearinghouseState`` of one dex."""

    user: str
    clearinghouse_state: account.ClearinghouseState
    dex: str | None = None


class AllStates(Wire, frozen=True):
    """Pairs of (dex, state)."""

    user: str
    clearinghouse_states: list[tuple[str, account.ClearinghouseState]]


class Orders(Wire, frozen=True):
    """``openOrders``; spot orders ride with an empty dex."""

    user: str
    orders: list[Order]
    dex: str | None = None


class Spot(Wire, frozen=True):
    """``spotState``."""

    user: str
    spot_state: account.SpotState


class Fills(Wire, frozen=True):
    """``userFills``."""

    user: str
    fills: list[Fill]
    is_snapshot: bool | None = None


class Fundings(Wire, frozen=True):
    """``userFundings``: bare payments, unlike REST."""

    user: str
    fundings: list[FundingPayment]
    is_snapshot: bool | None = None


class Ledger(Wire, frozen=True):
    """``userNonFundingLedgerUpdates``."""

    user: str
    non_funding_ledger_updates: list[LedgerRow]
    is_snapshot: bool | None = None


class PastOrders(Wire, frozen=True):
    """``userHistoricalOrders``; undocumented."""

    user: str
    order_history: list[OrderRecord]
    is_snapshot: bool | None = None


class Slices(Wire, frozen=True):
    """``userTwapSliceFills``."""

    user: str
    twap_slice_fills: list[TwapSlice]
    is_snapshot: bool | None = None


class Twaps(Wire, frozen=True):
    """``userTwapHistory``."""

    user: str
    history: list[TwapRecord]
    is_snapshot: bool | None = None


class RunningTwaps(Wire, frozen=True):
    """``twapStates``: pairs of (id, state)."""

    user: str
    states: list[tuple[Integer, TwapState]]
    dex: str | None = None


class UserEvent(Wire, frozen=True):
    """Exactly one of these, or none."""

    fills: list[Fill] | None = None
    funding: FundingPayment | None = None
    liquidation: Liquidation | None = None
    non_user_cancel: list[CancelledByExchange] | None = None
    twap_history: list[TwapRecord] | TwapRecord | None = None
    twap_slice_fills: list[TwapSlice] | None = None


class Note(Wire, frozen=True):
    """``notification``."""

    notification: str


class Acknowledged(Wire, frozen=True):
    """``subscriptionResponse``."""

    method: str
    subscription: Open


class PostPayload(Wire, frozen=True):
    """``type`` is info, or error and then ``payload`` is a text."""

    type: str
    payload: Open | str


class Posted(Wire, frozen=True):
    """``post``: the answer to the frame of this id."""

    id: Integer
    response: PostPayload
