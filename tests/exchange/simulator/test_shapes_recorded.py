"""Each recorded real reply and frame has the structure of what the simulator answers to the same question."""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from exchange.simulator import cast
from exchange.simulator.happenings import FundingPaid, Notified, OrderChanged
from tests.exchange.simulator.shapes import compare
from tests.exchange.simulator.worlds import busy
from tests.recorded import RECORDED, frames, needs_recorded, rest_files, rest_reply

pytestmark = needs_recorded

OPTIONAL = {
    *("builderFee", "cloid", "liquidation", "feeTrialEscrow", "isDelisted", "onlyIsolated", "marginMode"),
    *("growthMode", "lastGrowthModeChangeTime", "reduceOnly", "rawUsd", "spread", "isSnapshot", "leadingVaults"),
    *(
        "spotHold",
        "ltv",
        "borrowed",
        "supplied",
        "tokenToAvailableAfterMaintenance",
        "followerState",
        "description",
    ),
    *("assetToFundingInterestRate", "nRequestsSurplus", "abstraction", "optOutOfSpotDusting"),
}
PORTFOLIO_MARGIN = {
    *(
        "portfolioMarginEnabled",
        "portfolioMarginRatio",
        "tokenToPortfolioBorrowRatio",
        "tokenToPortfolioSupplyRatio",
    )
}
"""Keys that API.md lists as sometimes present."""

OLD = (
    "pysdk_get_",
    "pysdk_user_funding",
    "pysdk_historical",
    "jkorf_",
    "nautilus_",
    "tardis",
    "ccxt",
    "gct_account_history",
)
"""Recordings from before some fields, or cut by those who published them."""

BARE = {
    "clearinghouseState": {"type": "clearinghouseState"},
    "userFills": {"type": "userFills"},
    "userTwapSliceFills": {"type": "userTwapSliceFills"},
    "l2Book": {"type": "l2Book", "coin": "@107"},
    "subAccounts2": {"type": "subAccounts2"},
    "tokenDetails": {"type": "tokenDetails"},
    "userNonFundingLedgerUpdates": {"type": "userNonFundingLedgerUpdates", "startTime": 0},
    "allPerpMetas": {"type": "allPerpMetas"},
    "spotMeta": {"type": "spotMeta"},
}
WHO = {
    "spotClearinghouseState": cast.SPOT_TRADER,
    "userTwapSliceFills": cast.TWAP_RUNNER,
    "userVaultEquities": cast.UNIFIED,
    "openOrders": cast.TRADER,
}


def question(path: Path, request: dict[str, Any] | None) -> dict[str, Any]:
    """The body that asks our simulator what the recording's author asked the exchange."""
    world, _ = busy()
    body = dict(request or next(b for name, b in BARE.items() if f"_{name}" in path.name.removesuffix(".json")))
    if "user" in body or request is None:
        body["user"] = WHO.get(body["type"], cast.TRADER)
        body["user"] = (
            cast.EMPTY if "empty" in path.name else cast.VAULT if body["type"] == "userRole" else body["user"]
        )
    if "startTime" in body:
        body |= {"startTime": 0, "endTime": world.now_ms}
    if "req" in body:
        body["req"] = {"coin": "BTC", "interval": body["req"]["interval"], "startTime": world.now_ms - 10**8}
    if body.get("coin") not in (None, *world.coins()):
        body["coin"] = "BTC"
    if body["type"] == "tokenDetails":
        body["tokenId"] = world.info({"type": "spotMeta"})["tokens"][0]["tokenId"]
    if body["type"] == "orderStatus" and "unknown" not in path.name:
        body["oid"] = world.info({"type": "historicalOrders", "user": body["user"]})[0]["order"]["oid"]
    return body


def as_rows(kind: str, reply: Any) -> Any:
    """Maps with coins for keys as lists; ledger rows by their type, whose fields differ."""
    if kind == "allMids":
        return list(reply.values())
    if kind == "userNonFundingLedgerUpdates":
        return {row["delta"]["type"]: row["delta"] for row in reply}
    return reply


@pytest.mark.parametrize("path", rest_files(), ids=lambda path: path.name)
def test_it_answers_in_the_shape_of_the_recorded_reply(path: Path) -> None:
    request, real = rest_reply(path)
    body = question(path, request)
    ours, theirs = (as_rows(body["type"], reply) for reply in (busy()[0].info(body), real))
    if body["type"] == "userNonFundingLedgerUpdates":
        ours = {kind: row for kind, row in ours.items() if kind in theirs}
        theirs = {kind: row for kind, row in theirs.items() if kind in ours}
        assert ours
    optional = OPTIONAL | PORTFOLIO_MARGIN if body["type"] == "subAccounts2" else OPTIONAL
    assert compare(ours, theirs, older=path.name.startswith(OLD), optional=optional) == []


def test_a_portfolio_margin_account_has_the_spot_state_of_the_recorded_one() -> None:
    _, real = rest_reply(RECORDED / "rest" / "jkorf_subAccounts2_portfolioMargin.json")
    ours = busy()[0].info({"type": "spotClearinghouseState", "user": cast.PORTFOLIO})
    assert compare(ours, real[0]["spotState"], optional={"spotHold", "borrowed", "supplied", "ltv"}) == []


def our_frame(frame: dict[str, Any]) -> Any:
    """Our own ``data`` for the channel and subject of a recorded frame; None for those of the server."""
    world, happened = busy()
    channel, data = frame["channel"], frame.get("data")
    coin = "BTC"
    if channel == "l2Book":
        gone = next(n for n in world.coins() if world.state.markets[n].listing.delisted)
        return world.l2_book(coin if data["levels"][0] else gone)
    if channel == "userEvents" or channel == "user":
        return {"funding": next(h.row for h in happened if isinstance(h, FundingPaid))}
    if channel == "orderUpdates":
        return [next(h.update for h in happened if isinstance(h, OrderChanged) and "cloid" in h.update["order"])]
    simple = {
        "bbo": lambda: world.bbo(coin),
        "trades": lambda: world.recent_trades(coin),
        "candle": lambda: world.candle(coin, data["i"]),
        "activeAssetCtx": lambda: world.active_ctx(coin)[1],
        "allDexsAssetCtxs": world.all_dexs_ctxs,
        "allMids": lambda: {"mids": list(world.all_mids().values())},
        "fastAssetCtxs": lambda: list(world.fast_ctxs().values()),
        "webData3": lambda: world.web_data3(cast.TRADER),
        "clearinghouseState": lambda: world.clearinghouse(cast.TRADER),
        "allDexsClearinghouseState": lambda: world.all_dexs_clearinghouse(cast.TRADER),
        "openOrders": lambda: world.open_orders(cast.TRADER),
        "spotState": lambda: world.spot_state(cast.UNIFIED),
        "userFills": lambda: world.user_fills_snapshot(cast.SPOT_TRADER),
        "userFundings": lambda: world.user_fundings_snapshot(cast.TRADER),
        "userNonFundingLedgerUpdates": lambda: ledger_of_types(world.ledger_snapshot(cast.LIQUIDATED), data),
        "userTwapHistory": lambda: world.twap_history_snapshot(cast.TWAP_RUNNER),
        "notification": lambda: {"notification": next(h.text for h in happened if isinstance(h, Notified))},
    }
    return simple[channel]() if channel in simple else None


def ledger_of_types(ours: dict[str, Any], real: dict[str, Any]) -> dict[str, Any]:
    types = {row["delta"]["type"] for row in real["nonFundingLedgerUpdates"]}
    rows = [row for row in ours["nonFundingLedgerUpdates"] if row["delta"]["type"] in types]
    return ours | {"nonFundingLedgerUpdates": rows}


def their_frame(frame: dict[str, Any]) -> Any:
    data = frame.get("data")
    if frame["channel"] == "fastAssetCtxs":
        return list(json.loads(zlib.decompress(base64.b64decode(data), -15)).values())
    if frame["channel"] == "allMids":
        return {"mids": list(data["mids"].values())}
    return data


@pytest.mark.parametrize(("name", "frame"), list(frames()), ids=lambda x: x if isinstance(x, str) else "")
def test_it_pushes_in_the_shape_of_the_recorded_frame(name: str, frame: dict[str, Any]) -> None:
    ours = our_frame(frame)
    if ours is None:
        assert frame["channel"] in {"subscriptionResponse", "pong", "error", "post"}, "a channel we do not know"
        return
    optional = OPTIONAL | {"dex", "markPx", "midPx", "users", "dayBaseVlm"}
    assert compare(ours, their_frame(frame), older=name.startswith(OLD), optional=optional) == []
