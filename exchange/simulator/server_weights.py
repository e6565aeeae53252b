"""What an info call costs of the REST weight (API.md section 2)."""

WEIGHTS = {
    "l2Book": 2,
    "allMids": 2,
    "clearinghouseState": 2,
    "orderStatus": 2,
    "spotClearinghouseState": 2,
    "exchangeStatus": 2,
    "userRole": 60,
}
OTHER_WEIGHT = 20

ROWS_PER_WEIGHT = {"candleSnapshot": 60} | dict.fromkeys(
    [
        "recentTrades", "historicalOrders", "userFills", "userFillsByTime", "fundingHistory", "userFunding",
        "userNonFundingLedgerUpdates", "twapHistory", "userTwapSliceFills", "userTwapSliceFillsByTime",
        "delegatorHistory", "delegatorRewards", "validatorStats",
    ],
    20,
)  # fmt: skip


def weight(kind: str) -> int:
    """Weight of a call before its answer is known."""
    return WEIGHTS.get(kind, OTHER_WEIGHT)


def surcharge(kind: str, answer: object) -> int:
    """Weight for the rows of an answer, each begun 20 (candles: 60) rows counting one."""
    per = ROWS_PER_WEIGHT.get(kind)
    return -(-len(answer) // per) if per and isinstance(answer, list) else 0
