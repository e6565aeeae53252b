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
from tests.exchange.info_server import info_server
from tests.exchange.same import lost
from tests.recorded import frames, needs_recorded, rest_files, rest_reply

pytestmark = needs_recorded

USER, COIN = "0x" + "1" * 40, "BTC"
ASK = {
    "activeAssetData": lambda c: c.active_asset_data(USER, COIN),
    "allMids": lambda c: c.all_mids(),
    "allPerpMetas": lambda c: c.all_perp_metas(),
    "candleSnapshot": lambda c: list(c.candles(COIN, "1h", 0)),
    "clearinghouseState": lambda c: c.clearinghouse_state(USER),
    "delegations": lambda c: c.delegations(USER),
    "delegatorHistory": lambda c: c.delegator_history(USER),
    "delegatorRewards": lambda c: c.delegator_rewards(USER),
    "delegatorSummary": lambda c: c.delegator_summary(USER),
    "exchangeStatus": lambda c: c.exchange_status(),
    "extraAgents": lambda c: c.extra_agents(USER),
    "frontendOpenOrders": lambda c: c.open_orders(USER),
    "fundingHistory": lambda c: list(c.funding_history(COIN, 0, 10**13)),
    "historicalOrders": lambda c: c.historical_orders(USER),
    "l2Book": lambda c: c.l2_book(COIN),
    "meta": lambda c: c.meta(),
    "metaAndAssetCtxs": lambda c: c.meta_and_contexts(),
    "openOrders": lambda c: c.plain_open_orders(USER),
    "orderStatus": lambda c: c.order_status(USER, 1),
    "outcomeMeta": lambda c: c.outcome_meta(),
    "perpCategories": lambda c: c.perp_categories(),
    "perpDexLimits": lambda c: c.perp_dex_limits("xyz"),
    "perpDexStatus": lambda c: c.perp_dex_status("xyz"),
    "perpDexs": lambda c: c.perp_dexs(),
    "perpsAtOpenInterestCap": lambda c: c.perps_at_open_interest_cap(),
    "portfolio": lambda c: c.portfolio(USER),
    "predictedFundings": lambda c: c.predicted_fundings(),
    "recentTrades": lambda c: c.recent_trades(COIN),
    "spotClearinghouseState": lambda c: c.spot_clearinghouse_state(USER),
    "spotMeta": lambda c: c.spot_meta(),
    "spotMetaAndAssetCtxs": lambda c: c.spot_meta_and_contexts(),
    "subAccounts": lambda c: c.plain_sub_accounts(USER),
    "subAccounts2": lambda c: c.sub_accounts(USER),
    "tokenDetails": lambda c: c.token_details("0x1"),
    "twapHistory": lambda c: c.twap_history(USER),
    "userAbstraction": lambda c: c.user_abstraction(USER),
    "userFees": lambda c: c.user_fees(USER),
    "userFills": lambda c: c.user_fills(USER),
    "userFillsByTime": lambda c: list(c.user_fills_by_time(USER, 0)),
    "userFunding": lambda c: list(c.user_funding(USER, 0)),
    "userNonFundingLedgerUpdates": lambda c: list(c.ledger_updates(USER, 0)),
    "userRateLimit": lambda c: c.user_rate_limit(USER),
    "userRole": lambda c: c.user_role(USER),
    "userTwapSliceFills": lambda c: c.user_twap_slice_fills(USER),
    "userTwapSliceFillsByTime": lambda c: list(c.user_twap_slice_fills_by_time(USER, 0)),
    "userVaultEquities": lambda c: c.user_vault_equities(USER),
    "vaultDetails": lambda c: c.vault_details(USER),
    "vaultSummaries": lambda c: c.vault_summaries(),
}
PAGED = {"candleSnapshot": "t", "fundingHistory": "time", "userFillsByTime": "time", "userFunding": "time"}


def kind_of(path: Path, request: dict[str, Any] | None) -> str:
    """The REST type of a recording: from its request, or from the file's name."""
    if request:
        return str(request["type"])
    words = re.split(r"[_.]", path.name)
    return next(word for word in words if word in ASK)


@pytest.fixture(scope="module")
def server():
    with info_server() as server:
        yield server


@pytest.mark.parametrize("path", rest_files(), ids=lambda path: path.name)
def test_it_reads_a_recorded_reply_without_loss(path: Path, server) -> None:
    request, reply = rest_reply(path)
    kind = kind_of(path, request)
    server.will(reply, [])
    typed = ASK[kind](InfoClient(server.url, clock=FastClock(0)))
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
