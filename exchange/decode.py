"""Socket frame in, Event out: pure, typed, and the only place that reads frames (API.md section 4).

    BadFrame (ValueError)   the bytes cannot be read; nothing else is ever raised, whatever comes

A frame names its channel first (R: every recorded one does), so that the decoder of that channel can
read the whole frame in one go; frames that do not are read twice. What is not about the market or an
account, but about the connection, comes back as a Control.
"""

import base64
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from exchange import account_events as accounts
from exchange import events
from exchange.controls import Ack, Control, ErrorText, Greeting, Pong, PostReply
from exchange.errors import BadFrame
from exchange.events import Event
from exchange.finite import may_hide_infinity, refuse_infinity
from exchange.wire import account, frames, market
from exchange.wire.fills import TwapRecord
from exchange.wire.orders import OrderRecord

T = TypeVar("T")

MAX_INFLATED = 4_000_000
"""Bytes that ``fastAssetCtxs`` may unpack to: its full frame has about 100 kB (1600 coins)."""


class _Frame(msgspec.Struct, Generic[T], frozen=True, gc=False):
    data: T


class _Head(msgspec.Struct, frozen=True, gc=False):
    channel: str


def _prices(received_at: int, packed: str) -> events.Prices:
    """Unpack ``fastAssetCtxs``: base64 of raw deflate of ``{coin: {markPx?, midPx?}}``."""
    inflate = zlib.decompressobj(-15)
    text = inflate.decompress(base64.b64decode(packed, validate=True), MAX_INFLATED)
    if not inflate.eof:
        raise ValueError("deflate stream is cut off, or unpacks to more than it may")
    contexts = _FAST.decode(text)
    if may_hide_infinity(text):
        refuse_infinity(contexts)
    marks = {coin: c.mark_px for coin, c in contexts.items() if isinstance(c.mark_px, Decimal)}
    mids = {coin: c.mid_px for coin, c in contexts.items() if c.mid_px is not msgspec.UNSET}
    return events.Prices(received_at, marks, mids)


def _traded(received_at: int, trades: list[market.Trade]) -> Event:
    """An empty list does not even say of which coin: the answer to a subscribe where nobody ever traded."""
    if not trades:
        return events.Unknown(received_at, "trades")
    return events.Traded(received_at, trades[0].coin, trades)


def _user_event(received_at: int, e: frames.UserEvent) -> accounts.UserEvent:
    twaps = [e.twap_history] if isinstance(e.twap_history, TwapRecord) else e.twap_history
    return accounts.UserEvent(
        received_at, e.fills, e.funding, e.liquidation, e.non_user_cancel, twaps, e.twap_slice_fills
    )


def _post_reply(_: int, post: frames.Posted) -> PostReply:
    kind, payload = post.response.type, post.response.payload
    if kind == "error" or isinstance(payload, str):
        return PostReply(post.id, ok=False, error=str(payload))
    return PostReply(post.id, ok=True, kind=str(payload.get("type", "")), payload=payload.get("data"))


_FAST = msgspec.json.Decoder(dict[str, frames.FastContext])

Make = Callable[[int, Any], Event | Control]
_CHANNELS: dict[str, tuple[Any, Make]] = {
    "allMids": (frames.Mids, lambda at, d: events.Mids(at, d.dex or "", d.mids)),
    "bbo": (market.BestQuotes, events.QuotesChanged),
    "l2Book": (market.Book, events.BookChanged),
    "trades": (list[market.Trade], _traded),
    "candle": (market.Candle, events.CandleChanged),
    "activeAssetCtx": (frames.CoinContext, lambda at, d: events.CoinContext(at, d.coin, d.ctx)),
    "activeSpotAssetCtx": (frames.SpotCoinContext, lambda at, d: events.CoinContext(at, d.coin, d.ctx)),
    "fastAssetCtxs": (str, _prices),
    "allDexsAssetCtxs": (frames.AllDexContexts, lambda at, d: events.DexContexts(at, d.ctxs)),
    "assetCtxs": (frames.DexContexts, lambda at, d: events.DexContexts(at, [(d.dex or "", d.ctxs)])),
    "spotAssetCtxs": (list[market.SpotContext], events.SpotContexts),
    "outcomeMetaUpdates": (list[Any], events.OutcomesChanged),
    "clearinghouseState": (
        frames.State,
        lambda at, d: accounts.AccountStates(at, d.user, [(d.dex or "", d.clearinghouse_state)], is_all=False),
    ),
    "allDexsClearinghouseState": (
        frames.AllStates,
        lambda at, d: accounts.AccountStates(at, d.user, d.clearinghouse_states, is_all=True),
    ),
    "openOrders": (frames.Orders, lambda at, d: accounts.OpenOrders(at, d.user, d.dex or "", d.orders)),
    "spotState": (frames.Spot, lambda at, d: accounts.SpotState(at, d.user, d.spot_state)),
    "userFills": (frames.Fills, lambda at, d: accounts.UserFills(at, d.user, d.fills, bool(d.is_snapshot))),
    "userFundings": (
        frames.Fundings,
        lambda at, d: accounts.UserFundings(at, d.user, d.fundings, bool(d.is_snapshot)),
    ),
    "userNonFundingLedgerUpdates": (
        frames.Ledger,
        lambda at, d: accounts.LedgerUpdates(at, d.user, d.non_funding_ledger_updates, bool(d.is_snapshot)),
    ),
    "userHistoricalOrders": (
        frames.PastOrders,
        lambda at, d: accounts.HistoricalOrders(at, d.user, d.order_history, bool(d.is_snapshot)),
    ),
    "userTwapSliceFills": (
        frames.Slices,
        lambda at, d: accounts.TwapSlices(at, d.user, d.twap_slice_fills, bool(d.is_snapshot)),
    ),
    "userTwapHistory": (
        frames.Twaps,
        lambda at, d: accounts.TwapHistory(at, d.user, d.history, bool(d.is_snapshot)),
    ),
    "twapStates": (frames.RunningTwaps, lambda at, d: accounts.TwapStates(at, d.user, d.dex or "", d.states)),
    "webData3": (account.WebData, accounts.WebData3),
    "activeAssetData": (account.ActiveAssetData, accounts.ActiveAssetData),
    "orderUpdates": (list[OrderRecord], accounts.OrderUpdates),
    "user": (frames.UserEvent, _user_event),
    "notification": (frames.Note, lambda at, d: accounts.Notification(at, d.notification)),
    "subscriptionResponse": (frames.Acknowledged, lambda at, d: Ack(d.method, d.subscription)),
    "error": (str, lambda at, text: ErrorText(text)),
    "post": (frames.Posted, _post_reply),
}
_READERS: dict[bytes, tuple[str, Callable[[bytes], Any], Make]] = {
    name.encode(): (name, msgspec.json.Decoder(_Frame[shape]).decode, make)  # type: ignore[valid-type]
    for name, (shape, make) in _CHANNELS.items()
}
SHAPES: dict[str, Any] = {name: shape for name, (shape, _) in _CHANNELS.items()}
"""What ``data`` is in each channel that ``decode`` knows (``pong`` has none)."""

_HEAD = msgspec.json.Decoder(_Head)
_PREFIX = b'{"channel":"'


def decode(frame: bytes | str, received_at: int) -> Event | Control:
    """Read one frame, heard at ``received_at`` (Unix ms); raise BadFrame, and nothing else."""
    kind = "json"
    try:
        raw = frame.encode() if isinstance(frame, str) else frame
        reader = _READERS.get(raw[12 : raw.find(b'"', 12, 52)]) if raw.startswith(_PREFIX) else None
        if reader is None:
            if not raw.startswith(b"{"):
                kind = "text"
                return _greeting(raw)
            name = _HEAD.decode(raw).channel
            reader = _READERS.get(name.encode())
            if reader is None:
                return Pong() if name == "pong" else events.Unknown(received_at, name[:60])
        kind, read, make = reader
        data = read(raw).data
        if may_hide_infinity(raw):
            refuse_infinity(data)
        return make(received_at, data)
    except Exception as error:  # whatever the bytes did to whichever parser, the feed goes on
        sample = frame[:80].encode(errors="replace") if isinstance(frame, str) else bytes(frame[:80])
        raise BadFrame(kind, f"{type(error).__name__}: {error}"[:200], sample[:80]) from error


def _greeting(raw: bytes) -> Greeting:
    if not raw.startswith(b"Websocket"):
        raise ValueError("neither JSON nor the greeting")
    return Greeting(raw[:200].decode())
