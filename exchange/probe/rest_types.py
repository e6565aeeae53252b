"""Every type of ``/info`` that the dashboard reads: its body, wire type and shape, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchange.probe import shapes_account as a
from exchange.probe import shapes_market as m
from exchange.probe.names import Names
from exchange.probe.shape import TEXT, Maybe
from exchange.wire import account, cashflows, fills, market, orders, profile, reference, vaults

HOUR = 3_600_000
CANDLE_SPAN = 3 * HOUR
FUNDING_SPAN = 90 * 24 * HOUR
LONG_AGO = 1_672_531_200_000
"""2023-01-01: before the exchange began."""

Build = Callable[[Names, int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RestType:
    """A type of question. ``body`` makes it from names and the time in ms; ``needs`` are names it must have."""

    id: str
    body: Build
    wire: Any
    shape: Any
    leans_on: str
    needs: tuple[str, ...] = ()


def _plain(kind: str, wire: Any, shape: Any, leans_on: str) -> RestType:
    return RestType(kind, lambda n, now: {"type": kind}, wire, shape, leans_on)


def _user(kind: str, wire: Any, shape: Any, leans_on: str, since: int | None = None) -> RestType:
    def body(names: Names, now: int) -> dict[str, Any]:
        span = {} if since is None else {"startTime": now - since}
        return {"type": kind, "user": names.user, **span}

    return RestType(kind, body, wire, shape, leans_on, ("user",))


def candles(names: Names, now: int) -> dict[str, Any]:
    """One-minute candles of three hours, beginning in the middle of a minute."""
    start = (now - CANDLE_SPAN) // 60_000 * 60_000 + 30_000
    req = {"coin": names.perp, "interval": "1m", "startTime": start, "endTime": now}
    return {"type": "candleSnapshot", "req": req}


def funding(names: Names, now: int) -> dict[str, Any]:
    """More hours of funding than one answer holds."""
    return {"type": "fundingHistory", "coin": names.perp, "startTime": now // HOUR * HOUR - FUNDING_SPAN}


MARKET_TYPES = (
    _plain("meta", market.Meta, m.META, "exchange/universe.py"),
    _plain("allPerpMetas", list[market.Meta], [m.META], "exchange/universe.py"),
    _plain(
        "metaAndAssetCtxs",
        tuple[market.Meta, list[market.PerpContext]],
        (m.META, [m.PERP_CONTEXT]),
        "exchange/market.py",
    ),
    RestType(
        "metaAndAssetCtxs.dex",
        lambda n, now: {"type": "metaAndAssetCtxs", "dex": n.dex},
        tuple[market.Meta, list[market.PerpContext]],
        (m.META, [m.PERP_CONTEXT]),
        "exchange/market.py",
        ("dex",),
    ),
    _plain("perpDexs", list[reference.PerpDex | None], [Maybe(m.DEX)], "exchange/universe.py"),
    _plain("spotMeta", market.SpotMeta, m.SPOT_META, "exchange/universe.py"),
    _plain(
        "spotMetaAndAssetCtxs",
        tuple[market.SpotMeta, list[market.SpotContext]],
        (m.SPOT_META, [m.SPOT_CONTEXT]),
        "exchange/market.py",
    ),
    _plain("allMids", dict[str, Decimal], m.MIDS, "exchange/fallback.py"),
    RestType(
        "l2Book", lambda n, now: {"type": "l2Book", "coin": n.perp}, market.Book, m.BOOK,
        "exchange/fallback.py", ("perp",),
    ),
    RestType(
        "l2Book.spot", lambda n, now: {"type": "l2Book", "coin": n.spot}, market.Book, m.BOOK,
        "exchange/fallback.py", ("spot",),
    ),
    RestType(
        "recentTrades", lambda n, now: {"type": "recentTrades", "coin": n.perp}, list[market.Trade], [m.TRADE],
        "exchange/fallback.py", ("perp",),
    ),
    RestType("candleSnapshot", candles, list[market.Candle], [m.CANDLE], "candles page", ("perp",)),
    RestType("fundingHistory", funding, list[market.FundingRate], [m.FUNDING], "funding history", ("perp",)),
    _plain("predictedFundings", reference.PredictedFundings, m.PREDICTED, "funding page"),
    _plain("perpCategories", reference.Categories, [(TEXT, TEXT)], "exchange/universe.py"),
    _plain("perpsAtOpenInterestCap", list[str], [TEXT], "market page"),
    _plain("exchangeStatus", reference.ExchangeStatus, m.EXCHANGE_STATUS, "heartbeat"),
)  # fmt: skip

ACCOUNT_TYPES = (
    _user("clearinghouseState", account.ClearinghouseState, a.CLEARINGHOUSE, "positions"),
    _user("spotClearinghouseState", account.SpotState, a.SPOT_STATE, "balances, equity"),
    _user("userAbstraction", str, TEXT, "equity by account mode"),
    _user("frontendOpenOrders", list[orders.Order], [a.FRONTEND_ORDER], "open orders"),
    _user("userFills", list[fills.Fill], [a.FILL], "fills"),
    _user("userFillsByTime", list[fills.Fill], [a.FILL], "fills: back-filling a gap", since=HOUR),
    _user("userTwapSliceFills", list[fills.TwapSlice], [a.TWAP_SLICE], "fills of TWAPs"),
    _user("twapHistory", list[fills.TwapRecord], [a.TWAP_ROW], "TWAPs"),
    _user("userFunding", list[cashflows.FundingRow], [a.FUNDING_ROW], "funding payments", since=24 * HOUR),
    _user(
        "userNonFundingLedgerUpdates",
        list[cashflows.LedgerRow],
        [a.LEDGER_ROW],
        "cash flows",
        since=30 * 24 * HOUR,
    ),
    _user("historicalOrders", list[orders.OrderRecord], [a.ORDER_RECORD], "order history"),
    _user("portfolio", profile.Portfolio, a.PORTFOLIO, "equity curve"),
    _user("userFees", profile.Fees, a.FEES, "fees"),
    _user("userRole", profile.Role, a.ROLE, "sign-in"),
    _user("subAccounts2", list[account.SubAccount] | None, a.SUB_ACCOUNTS, "sub-accounts"),
    _user("extraAgents", list[profile.Agent], a.AGENTS, "sign-in"),
    _user("userVaultEquities", list[vaults.VaultEquity], a.VAULT_EQUITIES, "equity"),
    RestType(
        "vaultDetails", lambda n, now: {"type": "vaultDetails", "vaultAddress": n.vault}, vaults.Vault | None,
        a.VAULT, "vaults", ("vault",),
    ),
    _user("userRateLimit", profile.OrderBudget, a.RATE_LIMIT, "account page"),
)  # fmt: skip

BY_ID = {kind.id: kind for kind in MARKET_TYPES + ACCOUNT_TYPES}
