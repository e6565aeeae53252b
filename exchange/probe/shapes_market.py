"""Market shapes, key by key, as API.md sections 5 and 6 give them."""

from exchange.probe.shape import (
    ADDRESS,
    ANYTHING,
    COUNT,
    DECIMAL,
    FLAG,
    HASH,
    MILLISECONDS,
    TEXT,
    Map,
    Maybe,
    words,
)

SIDE = words("B A", open=False)

LEVEL = {"px": DECIMAL, "sz": DECIMAL, "n": COUNT}
BOOK = {
    "coin": TEXT,
    "time": MILLISECONDS,
    "levels": ([LEVEL], [LEVEL]),
    "spread?": Maybe(DECIMAL),
    "fast?": FLAG,
}
QUOTES = {"coin": TEXT, "time": MILLISECONDS, "bbo": [Maybe(LEVEL)]}
TRADE = {
    "coin": TEXT,
    "side": SIDE,
    "px": DECIMAL,
    "sz": DECIMAL,
    "time": MILLISECONDS,
    "hash": HASH,
    "tid": COUNT,
    "users": (ADDRESS, ADDRESS),
}
CANDLE = {
    "t": MILLISECONDS,
    "T": MILLISECONDS,
    "s": TEXT,
    "i": TEXT,
    "o": DECIMAL,
    "c": DECIMAL,
    "h": DECIMAL,
    "l": DECIMAL,
    "v": DECIMAL,
    "n": COUNT,
}
PERP_CONTEXT = {
    "funding": DECIMAL,
    "openInterest": DECIMAL,
    "prevDayPx": DECIMAL,
    "dayNtlVlm": DECIMAL,
    "dayBaseVlm": DECIMAL,
    "premium": Maybe(DECIMAL),
    "oraclePx": DECIMAL,
    "markPx": DECIMAL,
    "midPx": Maybe(DECIMAL),
    "impactPxs": Maybe((DECIMAL, DECIMAL)),
}
SPOT_FIGURES = {
    "prevDayPx": DECIMAL,
    "dayNtlVlm": DECIMAL,
    "dayBaseVlm": DECIMAL,
    "markPx": DECIMAL,
    "midPx": Maybe(DECIMAL),
    "circulatingSupply": DECIMAL,
    "totalSupply": DECIMAL,
}
SPOT_CONTEXT = {"coin": TEXT, **SPOT_FIGURES}
ASSET = {
    "name": TEXT,
    "szDecimals": COUNT,
    "maxLeverage": COUNT,
    "marginTableId": COUNT,
    "onlyIsolated?": FLAG,
    "isDelisted?": FLAG,
    "marginMode?": words("strictIsolated noCross"),
    "growthMode?": TEXT,
    "lastGrowthModeChangeTime?": TEXT,
}
TIER = {"lowerBound": DECIMAL, "maxLeverage": COUNT}
META = {
    "universe": [ASSET],
    "marginTables": [(COUNT, {"description": TEXT, "marginTiers": [TIER]})],
    "collateralToken": COUNT,
}
SPOT_TOKEN = {
    "name": TEXT,
    "szDecimals": COUNT,
    "weiDecimals": COUNT,
    "index": COUNT,
    "tokenId": TEXT,
    "isCanonical": FLAG,
    "evmContract": ANYTHING,
    "fullName": Maybe(TEXT),
    "deployerTradingFeeShare": DECIMAL,
}
SPOT_PAIR = {"tokens": (COUNT, COUNT), "name": TEXT, "index": COUNT, "isCanonical": FLAG}
SPOT_META = {"universe": [SPOT_PAIR], "tokens": [SPOT_TOKEN]}
DEX = {
    "name": TEXT,
    "fullName": TEXT,
    "deployer": ADDRESS,
    "oracleUpdater": Maybe(ADDRESS),
    "feeRecipient": Maybe(ADDRESS),
    "assetToStreamingOiCap": [(TEXT, DECIMAL)],
    "subDeployers": [(TEXT, [ADDRESS])],
    "deployerFeeScale": DECIMAL,
    "lastDeployerFeeScaleChangeTime?": TEXT,
    "assetToFundingMultiplier": [(TEXT, DECIMAL)],
    "assetToFundingInterestRate?": [(TEXT, DECIMAL)],
}
FUNDING = {"coin": TEXT, "fundingRate": DECIMAL, "premium": DECIMAL, "time": MILLISECONDS}
VENUE = {"fundingRate": DECIMAL, "nextFundingTime": MILLISECONDS, "fundingIntervalHours?": COUNT}
PREDICTED = [(TEXT, [(words("HlPerp BinPerp BybitPerp"), Maybe(VENUE))])]
EXCHANGE_STATUS = {"time": MILLISECONDS, "specialStatuses": ANYTHING}

FAST_CONTEXTS = Map({"markPx?": DECIMAL, "midPx?": Maybe(DECIMAL)})
ALL_DEXS_CONTEXTS = {"ctxs": [(TEXT, [PERP_CONTEXT])]}
COIN_CONTEXT = {"coin": TEXT, "ctx": PERP_CONTEXT}
SPOT_COIN_CONTEXT = {"coin": TEXT, "ctx": {"coin?": TEXT, **SPOT_FIGURES}}
MIDS = Map(DECIMAL)
DEX_MIDS = {"mids": MIDS, "dex?": TEXT}
