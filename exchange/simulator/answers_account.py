"""Answers about who an address is and what it holds (API.md section 7)."""

from collections.abc import Callable
from typing import Any

from exchange.simulator import cast, holdings, portfolio, vaults
from exchange.simulator.answers_market import known_dex
from exchange.simulator.bars import DAY
from exchange.simulator.fees import user_fees
from exchange.simulator.fields import Body, Null500
from exchange.simulator.figures import usd
from exchange.simulator.happenings import Json
from exchange.simulator.state import State


def clearinghouse(state: State, body: Body) -> Json:
    return holdings.clearinghouse_state(state, state.account(body.address()), known_dex(state, body))


def spot(state: State, body: Body) -> Json:
    return holdings.spot_state(state, state.account(body.address()))


def abstraction(state: State, body: Body) -> str:
    account = state.account(body.address())
    return account.mode if account else "default"


def role(state: State, body: Body) -> Json:
    user = body.address()
    account = state.account(user)
    if user == cast.AGENT:
        return {"role": "agent", "data": {"user": cast.TRADER}}
    if account is None:
        return {"role": "missing"}
    if account.role == "subAccount":
        return {"role": "subAccount", "data": {"master": account.master}}
    return {"role": account.role}


def agents(state: State, body: Body) -> list[Json]:
    if body.address() != cast.TRADER:
        return []
    return [{"name": "dashboard", "address": cast.AGENT, "validUntil": state.start_ms + 180 * DAY}]


def sub_accounts(state: State, body: Body, version: int) -> list[Json] | None:
    """``null`` for who has none (API.md section 7)."""
    master = body.address()
    rows = [sub_row(state, account.address, version) for account in state.cast if account.master == master]
    return rows or None


def sub_row(state: State, address: str, version: int) -> Json:
    account = state.accounts[address]
    row: Json = {"name": "Hedge", "subAccountUser": address, "master": account.master}
    if version == 1:
        row["clearinghouseState"] = holdings.clearinghouse_state(state, account, "")
    else:
        row["dexToClearinghouseState"] = dex_states(state, address)
        row["abstraction"] = account.mode
    return row | {"spotState": holdings.spot_state(state, account)}


def dex_states(state: State, user: str) -> list[list[Any]]:
    """[[dex, state], ...] with only the first dex and those where something is held."""
    account = state.account(user)
    used = [dex for dex in state.dexes if not dex or account is not None]
    return [[dex, holdings.clearinghouse_state(state, account, dex)] for dex in used]


def active_asset(state: State, body: Body) -> Json:
    user, coin = body.address(), body.text("coin")
    market = state.markets.get(coin)
    if market is None or market.listing.kind != "perp":
        raise Null500(coin)
    return holdings.active_asset(state, state.account(user), user, coin)


def rate_limit(state: State, body: Body) -> Json:
    """The order budget of an address: one action per dollar traded, and 10,000 (API.md section 2)."""
    account = state.account(body.address())
    volume = portfolio.traded(account, 0) if account else 0
    return {
        "cumVlm": usd(volume),
        "nRequestsUsed": len(account.order_log) if account else 0,
        "nRequestsCap": 10_000 + volume // 1_000_000,
        "nRequestsSurplus": 0,
    }


def staking(state: State, body: Body) -> Json:
    """Nobody in the cast stakes."""
    body.address()
    zero = "0.0"
    return {"delegated": zero, "undelegated": zero, "totalPendingWithdrawal": zero, "nPendingWithdrawals": 0}


def nothing(state: State, body: Body) -> list[Json]:
    body.address()
    return []


def referral(state: State, body: Body) -> Json:
    account = state.account(body.address())
    return {
        "referredBy": None,
        "cumVlm": usd(portfolio.traded(account, 0) if account else 0),
        "unclaimedRewards": "0.0",
        "claimedRewards": "0.0",
        "builderRewards": "0.0",
        "referrerState": {"stage": "needToCreateCode"},
        "rewardHistory": [],
        "tokenToState": [],
    }


def builder_fee(state: State, body: Body) -> int:
    body.address()
    body.address("builder")
    return 0


def vault_details(state: State, body: Body) -> Json | None:
    viewer = body.text("user", "").lower() or None
    return vaults.details(state, body.address("vaultAddress"), viewer)


TYPES: dict[str, Callable[[State, Body], Any]] = {
    "clearinghouseState": clearinghouse,
    "spotClearinghouseState": spot,
    "userAbstraction": abstraction,
    "userRole": role,
    "extraAgents": agents,
    "subAccounts": lambda state, body: sub_accounts(state, body, 1),
    "subAccounts2": lambda state, body: sub_accounts(state, body, 2),
    "activeAssetData": active_asset,
    "portfolio": lambda state, body: portfolio.portfolio(state, state.account(body.address())),
    "userFees": lambda state, body: user_fees(state, state.account(body.address())),
    "userVaultEquities": lambda state, body: vaults.equities(state, body.address()),
    "vaultDetails": vault_details,
    "userRateLimit": rate_limit,
    "delegatorSummary": staking,
    "delegations": nothing,
    "delegatorHistory": nothing,
    "delegatorRewards": nothing,
    "referral": referral,
    "maxBuilderFee": builder_fee,
}
