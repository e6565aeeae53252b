"""Account shapes of REST, key by key, as API.md section 7 gives them."""

from exchange.probe.shape import (
    ADDRESS,
    ANYTHING,
    COUNT,
    DECIMAL,
    FLAG,
    HASH,
    MILLISECONDS,
    NUMBER,
    SECONDS,
    TEXT,
    Maybe,
    words,
)
from exchange.probe.shapes_market import SIDE

SUMMARY = {"accountValue": DECIMAL, "totalNtlPos": DECIMAL, "totalRawUsd": DECIMAL, "totalMarginUsed": DECIMAL}
POSITION = {
    "coin": TEXT,
    "szi": DECIMAL,
    "leverage": {"type": words("cross isolated"), "value": COUNT, "rawUsd?": DECIMAL},
    "entryPx": DECIMAL,
    "positionValue": DECIMAL,
    "unrealizedPnl": DECIMAL,
    "returnOnEquity": DECIMAL,
    "liquidationPx": Maybe(DECIMAL),
    "marginUsed": DECIMAL,
    "maxLeverage": COUNT,
    "cumFunding": {"allTime": DECIMAL, "sinceOpen": DECIMAL, "sinceChange": DECIMAL},
}
CLEARINGHOUSE = {
    "marginSummary": SUMMARY,
    "crossMarginSummary": SUMMARY,
    "crossMaintenanceMarginUsed": DECIMAL,
    "withdrawable": DECIMAL,
    "assetPositions": [{"type": words("oneWay"), "position": POSITION}],
    "time": MILLISECONDS,
}
BALANCE = {
    "coin": TEXT,
    "token": COUNT,
    "total": DECIMAL,
    "hold": DECIMAL,
    "entryNtl": DECIMAL,
    "spotHold?": DECIMAL,
    "ltv?": DECIMAL,
    "borrowed?": DECIMAL,
    "supplied?": DECIMAL,
}
SPOT_STATE = {
    "balances": [BALANCE],
    "portfolioMarginEnabled?": FLAG,
    "portfolioMarginRatio?": DECIMAL,
    "tokenToAvailableAfterMaintenance?": [(COUNT, DECIMAL)],
    "tokenToPortfolioBorrowRatio?": ANYTHING,
    "tokenToPortfolioSupplyRatio?": ANYTHING,
    "evmEscrows?": ANYTHING,
}
ORDER = {
    "coin": TEXT,
    "side": SIDE,
    "limitPx": DECIMAL,
    "sz": DECIMAL,
    "oid": COUNT,
    "timestamp": MILLISECONDS,
    "origSz": DECIMAL,
    "cloid?": Maybe(TEXT),
    "reduceOnly?": FLAG,
}
ORDER_TYPES = words(
    "Limit, Market, Stop Market, Stop Limit, Take Profit Market, Take Profit Limit, Twap Slice, Vault Close,"
    "Spot Dust Conversion"
)
FRONTEND_ORDER = ORDER | {
    "orderType": ORDER_TYPES,
    "tif": Maybe(words("Gtc Ioc Alo FrontendMarket LiquidationMarket")),
    "isTrigger": FLAG,
    "triggerPx": DECIMAL,
    "triggerCondition": TEXT,
    "isPositionTpsl": FLAG,
    "children": [ANYTHING],
}
ORDER_RECORD = {"order": FRONTEND_ORDER, "status": TEXT, "statusTimestamp": MILLISECONDS}
ORDER_UPDATE = {"order": ORDER, "status": TEXT, "statusTimestamp": MILLISECONDS}
FILL = {
    "coin": TEXT,
    "px": DECIMAL,
    "sz": DECIMAL,
    "side": SIDE,
    "time": MILLISECONDS,
    "startPosition": DECIMAL,
    "dir": TEXT,
    "closedPnl": DECIMAL,
    "hash": HASH,
    "oid": COUNT,
    "crossed": FLAG,
    "fee": DECIMAL,
    "tid": COUNT,
    "feeToken": TEXT,
    "twapId": Maybe(COUNT),
    "builderFee?": DECIMAL,
    "cloid?": Maybe(TEXT),
    "feeTrialEscrow?": ANYTHING,
    "liquidation?": {"liquidatedUser": ADDRESS, "markPx": DECIMAL, "method": words("market backstop")},
}
TWAP_SLICE = {"fill": FILL, "twapId": COUNT}
TWAP_ROW = {
    "time": SECONDS,
    "state": ANYTHING,
    "status": {
        "status": words("activated finished terminated error waitingForTrigger stopped"),
        "description?": TEXT,
    },
    "twapId?": Maybe(COUNT),
}
PAYMENT = {
    "coin": TEXT,
    "usdc": DECIMAL,
    "szi": DECIMAL,
    "fundingRate": DECIMAL,
    "nSamples": Maybe(COUNT),
}
FUNDING_ROW = {"time": MILLISECONDS, "hash": HASH, "delta": {"type": words("funding"), **PAYMENT}}
LEDGER_ROW = {"time": MILLISECONDS, "hash": HASH, "delta": ANYTHING}
CURVE = [(MILLISECONDS, DECIMAL)]
WINDOWS = words("day week month allTime perpDay perpWeek perpMonth perpAllTime")
PORTFOLIO = [(WINDOWS, {"accountValueHistory": CURVE, "pnlHistory": CURVE, "vlm": DECIMAL})]
FEES = {
    "dailyUserVlm": [{"date": TEXT, "userCross": DECIMAL, "userAdd": DECIMAL, "exchange": DECIMAL}],
    "feeSchedule": ANYTHING,
    "userCrossRate": DECIMAL,
    "userAddRate": DECIMAL,
    "userSpotCrossRate": DECIMAL,
    "userSpotAddRate": DECIMAL,
    "activeReferralDiscount": DECIMAL,
    "trial?": ANYTHING,
    "feeTrialEscrow?": ANYTHING,
    "nextTrialAvailableTimestamp?": ANYTHING,
    "stakingLink?": ANYTHING,
    "activeStakingDiscount?": ANYTHING,
}
ABSTRACTION = words("default disabled unifiedAccount portfolioMargin dexAbstraction")
ROLES = words("missing user vault agent subAccount")
ROLE = {"role": ROLES, "data?": ANYTHING}
SUB_ACCOUNTS = Maybe(
    [
        {
            "name": TEXT,
            "subAccountUser": ADDRESS,
            "master": ADDRESS,
            "dexToClearinghouseState": [(TEXT, CLEARINGHOUSE)],
            "spotState": SPOT_STATE,
            "abstraction?": ABSTRACTION,
        }
    ]
)
AGENTS = [{"name": TEXT, "address": ADDRESS, "validUntil": Maybe(MILLISECONDS)}]
VAULT_EQUITIES = [{"vaultAddress": ADDRESS, "equity": DECIMAL, "lockedUntilTimestamp": COUNT}]
VAULT = Maybe(
    {
        "name": TEXT,
        "vaultAddress": ADDRESS,
        "leader": ADDRESS,
        "description": TEXT,
        "portfolio": PORTFOLIO,
        "apr": NUMBER,
        "followerState": ANYTHING,
        "leaderFraction": NUMBER,
        "leaderCommission": NUMBER,
        "followers": [ANYTHING],
        "maxDistributable": NUMBER,
        "maxWithdrawable": NUMBER,
        "isClosed": FLAG,
        "relationship": ANYTHING,
        "allowDeposits": FLAG,
        "alwaysCloseOnWithdraw": FLAG,
    }
)
RATE_LIMIT = {
    "cumVlm": DECIMAL,
    "nRequestsUsed": COUNT,
    "nRequestsCap": COUNT,
    "nRequestsSurplus?": COUNT,
}
