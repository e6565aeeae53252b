"""What a REST call costs of the 1200 a minute (API.md section 2, D).

The surcharge for rows is known only after the reply: reserve ``worst``, then correct to ``actual``.
"""

LIGHT = frozenset(
    "l2Book allMids clearinghouseState orderStatus spotClearinghouseState exchangeStatus".split()  # noqa: SIM905
)
PLAIN_WEIGHT, LIGHT_WEIGHT = 20, 2
HEAVY = {"userRole": 60}

ROWS_PER_WEIGHT = {
    "candleSnapshot": 60,
    "recentTrades": 20,
    "historicalOrders": 20,
    "userFills": 20,
    "userFillsByTime": 20,
    "fundingHistory": 20,
    "userFunding": 20,
    "userNonFundingLedgerUpdates": 20,
    "twapHistory": 20,
    "userTwapSliceFills": 20,
    "userTwapSliceFillsByTime": 20,
    "delegatorHistory": 20,
    "delegatorRewards": 20,
    "validatorStats": 20,
}
"""Types that cost one more for so many rows returned."""

MAX_ROWS = {"candleSnapshot": 5000, "fundingHistory": 500, "userFunding": 500, "recentTrades": 100}
"""Most rows a reply may have (API.md section 6); where nothing is said, as many as fills have."""
MAX_ROWS_ELSE = 2000


def base(kind: str) -> int:
    """What a call of this type costs without its rows."""
    return LIGHT_WEIGHT if kind in LIGHT else HEAVY.get(kind, PLAIN_WEIGHT)


def actual(kind: str, rows: int) -> int:
    """What a call cost that returned so many rows."""
    per = ROWS_PER_WEIGHT.get(kind)
    return base(kind) + (-(-rows // per) if per else 0)


def worst(kind: str, rows: int | None = None) -> int:
    """The most a call may cost; ``rows`` if the caller knows that it asks for no more than that."""
    most = MAX_ROWS.get(kind, MAX_ROWS_ELSE)
    return actual(kind, most if rows is None else min(rows, most))
