"""Every channel of API.md section 5 becomes its event, and everything else becomes BadFrame."""

import base64
import json
import zlib
from decimal import Decimal

import msgspec
import pytest

from exchange import account_events as accounts
from exchange import events
from exchange.controls import Ack, ErrorText, Greeting, Pong, PostReply
from exchange.decode import MAX_INFLATED, SHAPES, decode
from exchange.errors import BadFrame, ExchangeError
from exchange.finite import may_hide_infinity, refuse_infinity
from exchange.wire.cashflows import LedgerRow
from exchange.wire.profile import Role
from tests.exchange import sample_frames as samples
from tests.exchange.same import lost
from tests.exchange.sample_frames import DATA, FRAMES, frame, pack

EVENTS = {
    "allMids": events.Mids,
    "bbo": events.QuotesChanged,
    "l2Book": events.BookChanged,
    "trades": events.Traded,
    "candle": events.CandleChanged,
    "activeAssetCtx": events.CoinContext,
    "activeSpotAssetCtx": events.CoinContext,
    "fastAssetCtxs": events.Prices,
    "allDexsAssetCtxs": events.DexContexts,
    "assetCtxs": events.DexContexts,
    "spotAssetCtxs": events.SpotContexts,
    "outcomeMetaUpdates": events.OutcomesChanged,
    "clearinghouseState": accounts.AccountStates,
    "allDexsClearinghouseState": accounts.AccountStates,
    "openOrders": accounts.OpenOrders,
    "spotState": accounts.SpotState,
    "userFills": accounts.UserFills,
    "userFundings": accounts.UserFundings,
    "userNonFundingLedgerUpdates": accounts.LedgerUpdates,
    "userHistoricalOrders": accounts.HistoricalOrders,
    "userTwapSliceFills": accounts.TwapSlices,
    "userTwapHistory": accounts.TwapHistory,
    "twapStates": accounts.TwapStates,
    "webData3": accounts.WebData3,
    "activeAssetData": accounts.ActiveAssetData,
    "orderUpdates": accounts.OrderUpdates,
    "user": accounts.UserEvent,
    "notification": accounts.Notification,
    "subscriptionResponse": Ack,
    "error": ErrorText,
    "post": PostReply,
    "somethingNew": events.Unknown,
}


@pytest.mark.parametrize(("channel", "data"), DATA)
def test_each_channel_becomes_its_event(channel, data) -> None:
    event = decode(frame(channel, data), 17)
    assert type(event) is EVENTS[channel]
    if isinstance(event, events.Event):
        assert event.received_at == 17
    if channel in SHAPES:
        assert lost(data, msgspec.json.decode(json.dumps(data), type=SHAPES[channel])) == []


def test_every_known_channel_has_a_sample() -> None:
    assert set(SHAPES) <= {channel for channel, _ in DATA}


@pytest.mark.parametrize(("channel", "data"), DATA)
def test_key_order_spaces_and_text_make_no_difference(channel, data) -> None:
    plain = decode(frame(channel, data), 1)
    assert decode(json.dumps({"data": data, "extra": {"x": [1]}, "channel": channel}, indent=1), 1) == plain
    assert decode(json.dumps({"channel": channel, "data": data, "seq": 5}), 1) == plain


@pytest.mark.parametrize(("channel", "data"), [(c, d) for c, d in DATA if isinstance(d, dict) and c in SHAPES])
def test_new_fields_are_ignored(channel, data) -> None:
    assert decode(frame(channel, data | {"brandNew": {"deep": [None]}}), 1) == decode(frame(channel, data), 1)


def test_what_the_connection_says() -> None:
    assert decode(b'{"channel":"pong"}', 1) == Pong()
    assert decode(b' {"channel": "pong"}'.strip(), 1) == Pong()
    assert decode("Websocket connection established.", 1) == Greeting("Websocket connection established.")
    ack = decode(frame("subscriptionResponse", DATA[-5][1]), 1)
    assert isinstance(ack, Ack)
    assert ack.subscription == {"type": "bbo", "coin": "SOL"}
    assert decode(FRAMES[-5], 1) == PostReply(7, ok=True, kind="l2Book", payload={"coin": "BTC"})
    assert decode(FRAMES[-4], 1) == PostReply(8, ok=False, error="422 Unprocessable Entity")


def test_prices_tell_an_absent_mid_from_no_mid() -> None:
    packed = pack(
        {"BTC": {"markPx": "1.0", "midPx": None}, "ETH": {"midPx": "2.5"}, "A": {"markPx": None}, "B": {}}
    )
    prices = decode(frame("fastAssetCtxs", packed), 1)
    assert prices == events.Prices(1, {"BTC": Decimal("1.0")}, {"BTC": None, "ETH": Decimal("2.5")})


def test_snapshots_are_told_from_news() -> None:
    for flag, meaning in ((True, True), (False, False), (None, False)):
        event = decode(frame("userFills", {"user": samples.USER, "fills": [], "isSnapshot": flag}), 1)
        assert isinstance(event, accounts.UserFills)
        assert event.is_snapshot is meaning


def test_one_twap_or_several_make_no_difference() -> None:
    one = decode(frame("user", {"twapHistory": samples.TWAP}), 1)
    assert one == decode(frame("user", {"twapHistory": [samples.TWAP]}), 1)


def test_ledger_rows_are_typed_where_known_and_kept_where_not() -> None:
    known = LedgerRow(1, "0x", {"type": "deposit", "usdc": "5.0"})
    assert known.kind == "deposit"
    assert known.known.usdc == Decimal(5)
    assert LedgerRow(1, "0x", {"type": "newThing", "what": {"ever": 1}}).known.type == "newThing"
    assert LedgerRow(1, "0x", {"type": "deposit", "usdc": {"not": "a number"}}).known is None
    assert LedgerRow(1, "0x", {"type": "deposit", "usdc": "NaN"}).known is None
    assert LedgerRow(1, "0x", {}).kind == ""


def test_a_role_knows_its_owner() -> None:
    assert msgspec.convert({"role": "agent", "data": {"user": "0xa"}}, Role).owner == "0xa"
    assert msgspec.convert({"role": "subAccount", "data": {"master": "0xb"}}, Role).owner == "0xb"
    assert msgspec.convert({"role": "user"}, Role).owner is None


# What cannot be read -----------------------------------------------------------------------------

QUOTES = '{"channel":"bbo","data":{"coin":"BTC","time":1,"bbo":[null,{"px":%s,"sz":"1","n":1}]}}'


def candle(**keys: int) -> bytes:
    return frame("candle", samples.BAR | keys)


CUT = base64.b64encode(base64.b64decode(pack({"BTC": {}}))[:-2]).decode()
BOMB = base64.b64encode(zlib.compress(b" " * (MAX_INFLATED * 3), wbits=-15)).decode()
BAD = {
    "empty": (b"", "text"),
    "garbage": (b"\x00\xff\xfe", "text"),
    "html": (b"<html>502</html>", "text"),
    "a lone bracket": (b"{", "json"),
    "a list": (b"[1,2]", "text"),
    "no channel": (b'{"data":{}}', "json"),
    "a channel that is no text": (b'{"channel":5,"data":{}}', "json"),
    "no data": (b'{"channel":"bbo"}', "bbo"),
    "null data": (b'{"channel":"bbo","data":null}', "bbo"),
    "cut off": (samples.frame("l2Book", DATA[4][1])[:-30], "l2Book"),
    "something after the end": (samples.frame("candle", samples.BAR) + b"}", "candle"),
    "invalid UTF-8": (b'{"channel":"notification","data":{"notification":"\xff\xfe"}}', "notification"),
    "invalid UTF-8 in the channel": (b'{"channel":"\xff\xfe","data":1}', "json"),
    "lone surrogate": ('{"channel":"bbo","data":"\ud800"}', "json"),
    "recursion": (b'{"channel":"userFills","data":' + b"[" * 200_000, "userFills"),
    "recursion in an unknown field": (b'{"channel":"bbo","x":' + b'{"a":' * 200_000, "bbo"),
    "recursion in orders": (
        b'{"channel":"openOrders","data":{"user":"","orders":[' + b'{"children":[' * 50_000, "openOrders"),
    "recursion in an open object": (
        b'{"channel":"subscriptionResponse","data":{"method":"","subscription":{"a":' + b"[" * 99_999,
        "subscriptionResponse"),
    "a huge time": (candle(t=10**30), "candle"),
    "a negative time": (candle(t=-1), "candle"),
    "a huge count": (candle(n=2**64), "candle"),
    "more digits than Python reads": (b'{"channel":"candle","data":{"t":' + b"9" * 10_000 + b"}}", "candle"),
    "not base64": (frame("fastAssetCtxs", "q1Z*"), "fastAssetCtxs"),
    "base64 that is cut": (frame("fastAssetCtxs", pack({"BTC": {}})[:-1]), "fastAssetCtxs"),
    "not deflated": (frame("fastAssetCtxs", base64.b64encode(b"hello").decode()), "fastAssetCtxs"),
    "deflate that is cut": (frame("fastAssetCtxs", CUT), "fastAssetCtxs"),
    "a zip bomb": (frame("fastAssetCtxs", BOMB), "fastAssetCtxs"),
    "deflated garbage": (frame("fastAssetCtxs", base64.b64encode(
        zlib.compress(b"[]", wbits=-15)).decode()), "fastAssetCtxs"),
    "NaN inside deflate": (frame("fastAssetCtxs", pack({"BTC": {"markPx": "NaN"}})), "fastAssetCtxs"),
}  # fmt: skip
NO_NUMBERS = [
    '"NaN"', '"nan"', '"sNaN"', '"-NaN12"', '"Infinity"', '"-inf"', '" +Inf "', '"1e999999"', '"1E+999999999"',
    '"1e-999999"', "1e999", '"\\u004eaN"', '"١e٩٩٩٩٩"', '"1_0e9_999"', '".5e99999"', "1E+400",
    '"' + "9" * 60 + '"e',
    '"0x10"', '""', '"1,5"', '"1.0.0"', "true", "[]", '{"a":1}', "NaN", "Infinity",
]  # fmt: skip
BAD |= {f"px {text[:14]}": (QUOTES % text, "bbo") for text in NO_NUMBERS}


@pytest.mark.parametrize(("bad", "kind"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_read_is_a_bad_frame_of_a_known_kind(bad, kind) -> None:
    with pytest.raises(BadFrame) as caught:
        decode(bad, 1)
    assert caught.value.kind == kind
    assert kind in {*SHAPES, "json", "text"}
    assert len(caught.value.sample) <= 80
    assert len(str(caught.value)) < 900
    assert isinstance(caught.value, (ExchangeError, ValueError))


@pytest.mark.parametrize(
    "text", ['"0"', '"0.0"', "1.5", "1", '"-0.00000001"', '"1e-7"', '"1E5"', "0e5", '"0E-50"']
)
def test_numbers_are_numbers_however_they_are_written(text) -> None:
    event = decode(QUOTES % text, 1)
    assert isinstance(event, events.QuotesChanged)
    assert event.quotes.bbo[1].px == Decimal(text.strip('"'))


def test_coins_whose_names_look_like_no_numbers_are_coins() -> None:
    for coin in ("NaN", "INF", "E", "1E", "BANANA", "INFINITY", "\u0130"):
        book = decode(frame("l2Book", {"coin": coin, "time": 1, "levels": samples.LEVELS}), 1)
        assert book.book.coin == coin


@pytest.mark.parametrize("sample", [f for f in FRAMES if b"Websocket" not in f and b'"info"' not in f])
def test_ordinary_frames_are_cleared_by_their_bytes_alone(sample) -> None:
    assert not may_hide_infinity(sample)


def test_infinity_is_found_however_deep() -> None:
    for value in ([Decimal("NaN")], (1, Decimal("Infinity")), {"a": {"b": [Decimal("1e99")]}}):
        with pytest.raises(ValueError, match="usable"):
            refuse_infinity(value)
    refuse_infinity({"a": [Decimal("1e9"), Decimal(0), "NaN", None]})


def test_an_unknown_channel_is_no_error_and_its_name_is_kept_short() -> None:
    assert decode(frame("x" * 500, 1), 3) == events.Unknown(3, "x" * 60)
    assert decode(frame("über", 1), 3) == events.Unknown(3, "über")


def test_an_empty_list_of_trades_tells_nothing_and_is_no_error() -> None:
    assert decode(b'{"channel":"trades","data":[]}', 3) == events.Unknown(3, "trades")
