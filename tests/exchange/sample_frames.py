"""Frames made up after API.md section 5, one or more of each channel, for tests of reading."""

import base64
import json
import zlib
from typing import Any

USER = "0x" + "ab" * 20
MARGIN = {"accountValue": "10.0", "totalNtlPos": "4.0", "totalRawUsd": "6.0", "totalMarginUsed": "0.5"}
POSITION = {
    "coin": "SOL", "szi": "-2.5", "leverage": {"type": "isolated", "value": 10, "rawUsd": "27.6"},
    "entryPx": "119.51", "positionValue": "254.3", "unrealizedPnl": "-0.21", "returnOnEquity": "-0.00008",
    "liquidationPx": None, "marginUsed": "25.4", "maxLeverage": 20,
    "cumFunding": {"allTime": "-12.75", "sinceOpen": "-0.32", "sinceChange": "-0.32"},
}  # fmt: skip
STATE = {
    "marginSummary": MARGIN, "crossMarginSummary": MARGIN, "crossMaintenanceMarginUsed": "0.1",
    "withdrawable": "5.0",
    "assetPositions": [{"type": "oneWay", "position": POSITION}], "time": 1795502940401,
}  # fmt: skip
CONTEXT = {
    "funding": "0.0000125", "openInterest": "36585.31848", "prevDayPx": "86627.0", "dayNtlVlm": "4161029539.6949",
    "premium": "-0.0006", "oraclePx": "84198.0", "markPx": "84148.0", "midPx": "84143.5",
    "impactPxs": ["84143.0", "84144.0"], "dayBaseVlm": "49116.08533",
}  # fmt: skip
DELISTED = CONTEXT | {"openInterest": "0.0", "midPx": None, "premium": None, "impactPxs": None}
SPOT = {
    "coin": "@107", "prevDayPx": "90.1", "dayNtlVlm": "1000.5", "markPx": "92.9", "midPx": None,
    "circulatingSupply": "1000.0", "totalSupply": "2000.0", "dayBaseVlm": "11.0",
}  # fmt: skip
FILL = {
    "coin": "BTC", "px": "83959.0", "sz": "0.0003", "side": "B", "time": 1795502589170, "startPosition": "0.0",
    "dir": "Open Long", "closedPnl": "0.0", "hash": "0x" + "0" * 64, "oid": 307033479126, "crossed": False,
    "fee": "0.003627", "tid": 606867627195097, "cloid": "0x508000013026000baaf2c90000029605", "feeToken": "USDC",
    "twapId": None,
    "liquidation": {"liquidatedUser": USER, "markPx": "83950.0", "method": "market"},
}  # fmt: skip
ORDER = {
    "coin": "ETH", "side": "B", "limitPx": "1500.0", "sz": "1.0", "oid": 313890189710, "timestamp": 1795502849546,
    "origSz": "1.0", "cloid": None, "orderType": "Limit", "tif": "Gtc", "isTrigger": False, "triggerPx": "0.0",
    "triggerCondition": "N/A", "isPositionTpsl": False, "reduceOnly": False,
}  # fmt: skip
RECORD = {"order": ORDER, "status": "somethingNewCanceled", "statusTimestamp": 1795502849546}
FUNDING = {"time": 1795500000069, "coin": "BTC", "usdc": "-0.5", "szi": "1.0", "fundingRate": "0.0000125"}
TWAP_STATE = {
    "coin": "HYPE", "user": USER, "side": "B", "sz": "200.0", "executedSz": "0.0", "executedNtl": "0.0",
    "minutes": 90, "reduceOnly": False, "randomize": False, "timestamp": 1795502221159,
    "trigger": None, "stopPx": None,
}  # fmt: skip
TWAP = {"time": 1795502221, "state": TWAP_STATE, "status": {"status": "activated"}, "twapId": 2082408}
SLICE = {"fill": FILL, "twapId": 7}
LEDGER = {"time": 1795500000000, "hash": "0x1", "delta": {"type": "deposit", "usdc": "200079.847397"}}
LEVELS = [[{"px": f"{84143 - n}.0", "sz": "0.4387", "n": n + 1} for n in range(20)],
          [{"px": f"{84144 + n}.0", "sz": "1.5", "n": n + 1} for n in range(20)]]  # fmt: skip
TRADE = {
    "coin": "BTC", "side": "A", "px": "84143.0", "sz": "0.00036", "time": 1795502216193,
    "hash": "0x7ab6" + "0" * 60,
    "tid": 1045359869404765, "users": [USER, USER],
}  # fmt: skip
BAR = {
    "t": 1795502880000, "T": 1795502939999, "s": "BTC", "i": "1m", "o": "84143.0", "c": "84143.5", "h": "84144.0",
    "l": "84140.0", "v": "14.27847", "n": 114,
}  # fmt: skip


def pack(contexts: dict[str, Any]) -> str:
    """As ``fastAssetCtxs`` packs: base64 of raw deflate."""
    deflate = zlib.compressobj(wbits=-15)
    return base64.b64encode(deflate.compress(json.dumps(contexts).encode()) + deflate.flush()).decode()


def frame(channel: str, data: Any) -> bytes:
    return json.dumps({"channel": channel, "data": data}, separators=(",", ":")).encode()


DATA: list[tuple[str, Any]] = [
    ("allMids", {"mids": {"BTC": "85801.5", "@107": "92.9", "#14880": "0.11"}}),
    ("allMids", {"dex": "xyz", "mids": {"xyz:XYZ100": "31169.5"}}),
    ("bbo", {"coin": "@107", "time": 1795502940000, "bbo": [None, {"px": "92.638", "sz": "12.89", "n": 1}]}),
    ("bbo", {"coin": "BTC", "time": 1795502940000, "bbo": [{"px": "92.638", "sz": "12.89", "n": 1}]}),
    ("l2Book", {"coin": "BTC", "time": 1795502940000, "levels": LEVELS}),
    ("l2Book", {"coin": "BTC", "time": 1795502940000, "levels": [[], []], "fast": True, "spread": "1.0"}),
    ("trades", [TRADE, TRADE | {"tid": 2, "side": "B"}]),
    ("candle", BAR),
    ("activeAssetCtx", {"coin": "BTC", "ctx": CONTEXT}),
    ("activeAssetCtx", {"coin": "MATIC", "ctx": DELISTED}),
    ("activeSpotAssetCtx", {"coin": "@107", "ctx": SPOT}),
    ("fastAssetCtxs", pack({"BTC": {"markPx": "1.0", "midPx": None}, "ETH": {"midPx": "2.5"}, "xyz:A": {}})),
    ("allDexsAssetCtxs", {"ctxs": [["", [CONTEXT, DELISTED]], ["xyz", [CONTEXT]]]}),
    ("assetCtxs", {"dex": "xyz", "ctxs": [CONTEXT]}),
    ("spotAssetCtxs", [SPOT]),
    ("outcomeMetaUpdates", [{"outcome": 1}]),
    ("clearinghouseState", {"dex": "", "user": USER, "clearinghouseState": STATE}),
    ("allDexsClearinghouseState", {"user": USER, "clearinghouseStates": [["", STATE], ["xyz", STATE]]}),
    ("openOrders", {"dex": "", "user": USER, "orders": [ORDER | {"children": [ORDER | {"children": []}]}]}),
    ("spotState", {"user": USER, "spotState": {"balances": [
        {"coin": "USDC", "token": 0, "total": "-5.0", "hold": "0.0", "entryNtl": "1.0"}],
        "tokenToAvailableAfterMaintenance": [[0, "1.0"]]}}),
    ("spotState", {"user": USER, "spotState": {"evmEscrows": [{"coin": "USDC", "token": 0, "total": "5.0"}]}}),
    ("userFills", {"user": USER, "fills": [FILL], "isSnapshot": True}),
    ("userFundings", {"user": USER, "fundings": [FUNDING]}),
    ("userNonFundingLedgerUpdates", {"user": USER, "nonFundingLedgerUpdates": [LEDGER], "isSnapshot": True}),
    ("userHistoricalOrders", {"user": USER, "orderHistory": [RECORD]}),
    ("userTwapSliceFills", {"user": USER, "twapSliceFills": [SLICE]}),
    ("userTwapHistory", {"user": USER, "history": [TWAP]}),
    ("twapStates", {"user": USER, "dex": "", "states": [[7, TWAP_STATE]]}),
    ("webData3", {"userState": {"user": USER, "cumLedger": "1.0", "serverTime": 1795502940000, "isVault": False},
                  "perpDexStates": [{"totalVaultEquity": "0.0",
                                     "leadingVaults": [{"address": USER, "name": "v"}]}]}),
    ("activeAssetData", {"user": USER, "coin": "BTC", "leverage": {"type": "cross", "value": 5},
                         "maxTradeSzs": ["1.0", "2.0"], "availableToTrade": ["3.0", "4.0"], "markPx": "5.0"}),
    ("orderUpdates", [RECORD]),
    ("user", {}),
    ("user", {"fills": [FILL]}),
    ("user", {"funding": FUNDING}),
    ("user", {"liquidation": {"lid": 1, "liquidator": USER, "liquidated_user": USER, "liquidated_ntl_pos": "1.0",
                              "liquidated_account_value": "2.0"}}),
    ("user", {"nonUserCancel": [{"coin": "BTC", "oid": 5}]}),
    ("user", {"twapHistory": TWAP}),
    ("user", {"twapSliceFills": [SLICE]}),
    ("notification", {"notification": "Resting order filled"}),
    ("subscriptionResponse", {"method": "subscribe", "subscription": {"type": "bbo", "coin": "SOL"}}),
    ("error", "Cannot track more than 15 total users."),
    ("post", {"id": 7, "response": {"type": "info", "payload": {"type": "l2Book", "data": {"coin": "BTC"}}}}),
    ("post", {"id": 8, "response": {"type": "error", "payload": "422 Unprocessable Entity"}}),
    ("somethingNew", {"a": [1, 2, {"b": None}]}),
]  # fmt: skip

FRAMES = [
    *(frame(channel, data) for channel, data in DATA),
    b'{"channel":"pong"}',
    b"Websocket connection established.",
]
