"""Every recorded real reply and frame goes through the code that reads the exchange, and nothing is lost."""

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange.clock import FastClock
from exchange.controls import Ack, ErrorText, Pong, PostReply
from exchange.decode import SHAPES, decode
from exchange.events import Prices, Unknown
from exchange.info import InfoClient
from exchange.probe.rest_types import BY_ID
from tests.exchange.info_server import info_server
from tests.exchange.same import lost
from tests.recorded import frames, needs_recorded, rest_files, rest_reply

pytestmark = needs_recorded

USER, COIN = "0x" + "1" * 40, "BTC"
ASK = {
    "allMids": lambda c: c.all_mids(),
    "allPerpMetas": lambda c: c.all_perp_metas(),
    "candleSnapshot": lambda c: list(c.candles(COIN, "1h", 0)),
    "clearinghouseState": lambda c: c.clearinghouse_state(USER),
    "exchangeStatus": lambda c: c.exchange_status(),
    "frontendOpenOrders": lambda c: c.open_orders(USER),
    "fundingHistory": lambda c: list(c.funding_history(COIN, 0, 10**13)),
    "historicalOrders": lambda c: c.historical_orders(USER),
    "l2Book": lambda c: c.l2_book(COIN),
    "meta": lambda c: c.meta(),
    "metaAndAssetCtxs": lambda c: c.meta_and_contexts(),
    "perpCategories": lambda c: c.perp_categories(),
    "perpDexs": lambda c: c.perp_dexs(),
    "portfolio": lambda c: c.portfolio(USER),
    "recentTrades": lambda c: c.recent_trades(COIN),
    "spotClearinghouseState": lambda c: c.spot_clearinghouse_state(USER),
    "spotMeta": lambda c: c.spot_meta(),
    "spotMetaAndAssetCtxs": lambda c: c.spot_meta_and_contexts(),
    "twapHistory": lambda c: c.twap_history(USER),
    "userAbstraction": lambda c: c.user_abstraction(USER),
    "userFillsByTime": lambda c: list(c.user_fills_by_time(USER, 0)),
    "userFunding": lambda c: list(c.user_funding(USER, 0)),
    "userNonFundingLedgerUpdates": lambda c: list(c.ledger_updates(USER, 0)),
    "userRole": lambda c: c.user_role(USER),
    "userTwapSliceFillsByTime": lambda c: list(c.user_twap_slice_fills_by_time(USER, 0)),
    "userVaultEquities": lambda c: c.user_vault_equities(USER),
}
PAGED = {"candleSnapshot": "t", "fundingHistory": "time", "userFillsByTime": "time", "userFunding": "time"}


READ = {*ASK, *BY_ID}


def kind_of(path: Path) -> str:
    """The REST type of a recording: from its request, or from the file's name; empty for one that is not read."""
    request, _ = rest_reply(path)
    words = [str(request["type"])] if request else re.split(r"[_.]", path.name)
    return next((word for word in words if word in READ), "")


@pytest.fixture(scope="module")
def server():
    with info_server() as server:
        yield server


@pytest.mark.parametrize("path", [*filter(kind_of, rest_files())], ids=lambda path: path.name)
def test_it_reads_a_recorded_reply_without_loss(path: Path, server) -> None:
    _, reply = rest_reply(path)
    kind = kind_of(path)
    server.will(reply, [])
    client = InfoClient(server.url, clock=FastClock(0))
    typed = ASK[kind](client) if kind in ASK else client.call(kind, BY_ID[kind].wire)
    if kind in PAGED:  # read oldest first, and repeated rows once
        rows, typed = sorted(reply, key=lambda row: row[PAGED[kind]]), list(typed)
        assert len(typed) == len(rows)
        reply = rows
    assert lost(reply, typed) == []


@pytest.mark.parametrize(("where", "frame"), list(frames()), ids=[where for where, _ in frames()])
def test_it_reads_a_recorded_frame_without_loss(where: str, frame: dict[str, Any]) -> None:
    channel, raw = frame["channel"], json.dumps(frame, separators=(",", ":")).encode()
    event = decode(raw, received_at=1)
    assert not isinstance(event, Unknown)
    if isinstance(event, Pong):
        return
    if isinstance(event, (Ack, ErrorText, PostReply)):
        assert isinstance(event, {"subscriptionResponse": Ack, "error": ErrorText, "post": PostReply}[channel])
    else:
        assert event.received_at == 1
    typed = msgspec.json.decode(json.dumps(frame["data"]), type=SHAPES[channel])
    assert lost(frame["data"], typed) == []


def test_it_unpacks_every_recorded_price() -> None:
    packed = [frame["data"] for _, frame in frames() if frame["channel"] == "fastAssetCtxs"]
    assert packed
    for data in packed:
        contexts = json.loads(zlib.decompress(base64.b64decode(data), -15))
        prices = decode(json.dumps({"channel": "fastAssetCtxs", "data": data}), 1)
        assert isinstance(prices, Prices)
        assert lost({c: v["markPx"] for c, v in contexts.items() if "markPx" in v}, prices.marks) == []
        mids = {c: v["midPx"] for c, v in contexts.items() if "midPx" in v}
        assert mids.keys() == prices.mids.keys()
        assert lost(mids, prices.mids) == []


def test_it_has_seen_recordings() -> None:
    assert len(rest_files()) > 20
    assert len(list(frames())) > 20
