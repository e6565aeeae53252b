"""What each stream sends first, what it repeats, and how often (API.md section 5).

``first`` builds the frame that answers a subscribe, ``STATES`` holds the streams that send their
whole state on a clock. Cadences are seconds, measured on mainnet in 2026-08 and 09.
"""

from collections.abc import Callable
from typing import Any

from exchange.simulator.stream_names import UNSAID, Subscription
from exchange.simulator.world import World

Message = tuple[str, Any]
"""Channel and data of one frame."""

Build = Callable[[World, Subscription], Message | None]
Cadence = tuple[float, float]

REPLAYED_TRADES = 30


def _all_mids(world: World, subscription: Subscription) -> Message:
    dex = subscription["dex"]
    named = {} if dex in (UNSAID, None, "") else {"dex": dex}
    return "allMids", named | {"mids": world.all_mids(named.get("dex", ""))}


def _book(world: World, s: Subscription) -> Message:
    return "l2Book", world.l2_book(s["coin"], s["nSigFigs"], s["mantissa"], s["fast"])


def _candle(world: World, s: Subscription) -> Message | None:
    candle = world.candle(s["coin"], s["interval"])
    return None if candle is None else ("candle", candle)


STATES: dict[str, tuple[Cadence, Build]] = {
    "allMids": ((5.0, 5.0), _all_mids),
    "l2Book": ((5.0, 5.6), _book),
    "activeAssetCtx": ((1.0, 1.0), lambda w, s: w.active_ctx(s["coin"])),
    "allDexsAssetCtxs": ((13.6, 13.6), lambda w, s: ("allDexsAssetCtxs", w.all_dexs_ctxs())),
    "assetCtxs": ((15.0, 15.0), lambda w, s: ("assetCtxs", w.asset_ctxs(s["dex"]))),
    "spotAssetCtxs": ((15.0, 15.0), lambda w, s: ("spotAssetCtxs", w.spot_ctxs())),
    "clearinghouseState": ((4.0, 5.0), lambda w, s: ("clearinghouseState", w.clearinghouse(s["user"], s["dex"]))),
    "allDexsClearinghouseState": (
        (5.0, 5.0),
        lambda w, s: ("allDexsClearinghouseState", w.all_dexs_clearinghouse(s["user"])),
    ),
    "openOrders": ((4.0, 4.0), lambda w, s: ("openOrders", w.open_orders(s["user"], s["dex"]))),
    "spotState": ((5.0, 5.0), lambda w, s: ("spotState", w.spot_state(s["user"]))),
    "twapStates": ((5.0, 5.0), lambda w, s: ("twapStates", w.twap_states(s["user"], s["dex"]))),
    "webData3": ((5.0, 5.0), lambda w, s: ("webData3", w.web_data3(s["user"]))),
}
"""Streams that resend everything, changed or not."""

OTHER_CADENCES: dict[str, Cadence] = {"fastAssetCtxs": (1.0, 1.0), "activeAssetData": (1.0, 1.0)}
"""Streams that look at their state so often and send what changed."""
FAST_BOOK: Cadence = (0.54, 0.54)

SNAPSHOTS: dict[str, Build] = {
    "bbo": lambda w, s: ("bbo", w.bbo(s["coin"])),
    "trades": lambda w, s: ("trades", w.recent_trades(s["coin"], REPLAYED_TRADES)),
    "candle": _candle,
    "activeAssetData": lambda w, s: ("activeAssetData", w.active_asset_data(s["user"], s["coin"])),
    "userFills": lambda w, s: ("userFills", w.user_fills_snapshot(s["user"], s["aggregateByTime"])),
    "userFundings": lambda w, s: ("userFundings", w.user_fundings_snapshot(s["user"])),
    "userNonFundingLedgerUpdates": lambda w, s: ("userNonFundingLedgerUpdates", w.ledger_snapshot(s["user"])),
    "userHistoricalOrders": lambda w, s: ("userHistoricalOrders", w.historical_orders_snapshot(s["user"])),
    "userTwapSliceFills": lambda w, s: ("userTwapSliceFills", w.twap_slice_snapshot(s["user"])),
    "userTwapHistory": lambda w, s: ("userTwapHistory", w.twap_history_snapshot(s["user"])),
}
"""First frames of streams that then send what happens; the streams in neither table begin with silence."""

ACCOUNT_STATES = (
    "clearinghouseState",
    "allDexsClearinghouseState",
    "openOrders",
    "spotState",
    "twapStates",
    "activeAssetData",
)
"""Account states that are also sent soon after something happened to the account."""


def first(world: World, subscription: Subscription) -> Message | None:
    """The first frame of a stream, or None for those that begin with silence."""
    build = SNAPSHOTS.get(subscription.type) or STATES.get(subscription.type, (None, None))[1]
    return build(world, subscription) if build else None


def cadence(subscription: Subscription) -> Cadence | None:
    """Shortest and longest time between two frames of a stream with a clock of its own."""
    if subscription.type == "l2Book" and subscription["fast"]:
        return FAST_BOOK
    state = STATES.get(subscription.type)
    return state[0] if state else OTHER_CADENCES.get(subscription.type)
