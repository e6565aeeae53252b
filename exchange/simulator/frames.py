"""What goes under ``data`` of account frames (API.md section 5)."""

from typing import Any

from exchange.simulator import cast, holdings, vaults
from exchange.simulator.accounts import Account, dex_of
from exchange.simulator.answers_trading import PAGE, aggregated
from exchange.simulator.bars import DAY
from exchange.simulator.figures import usd
from exchange.simulator.meta import listed
from exchange.simulator.settlement import socket_row
from exchange.simulator.state import State

Json = dict[str, Any]
FILLS = 30
FUNDINGS = 100


def of(state: State, user: str) -> Account:
    return state.account(user) or Account(user.lower())


def clearinghouse(state: State, user: str, dex: str) -> Json:
    account = state.account(user)
    return {
        "dex": dex,
        "user": user.lower(),
        "clearinghouseState": holdings.clearinghouse_state(state, account, dex),
    }


def all_clearinghouses(state: State, user: str) -> Json:
    account = state.account(user)
    states = [[dex, holdings.clearinghouse_state(state, account, dex)] for dex in state.dexes]
    return {"user": user.lower(), "clearinghouseStates": states}


def open_orders(state: State, user: str, dex: str) -> Json:
    orders = of(state, user).orders.values()
    return {
        "dex": dex,
        "user": user.lower(),
        "orders": [order.full() for order in orders if dex_of(order.listing.name) == dex],
    }


def twap_states(state: State, user: str, dex: str) -> Json:
    twaps = of(state, user).twaps.values()
    states = [[twap.twap_id, twap.state()] for twap in twaps if dex_of(twap.listing.name) == dex]
    return {"dex": dex, "user": user.lower(), "states": states}


def web_data3(state: State, user: str) -> Json:
    """Who the user is, and per dex what its vaults hold; no positions, no orders."""
    account = of(state, user)
    has_agent = account.address == cast.TRADER
    return {
        "userState": {
            "user": account.address,
            "agentAddress": cast.AGENT if has_agent else None,
            "agentValidUntil": state.start_ms + 180 * DAY if has_agent else None,
            "cumLedger": usd(sum(whole for _, whole, _ in account.moves)),
            "serverTime": state.now,
            "isVault": account.role == "vault",
            "dexAbstractionEnabled": False,
        }
        | ({} if account.mode == "default" else {"abstraction": account.mode}),
        "perpDexStates": [dex_state(state, account, dex) for dex in state.dexes],
    }


def dex_state(state: State, account: Account, dex: str) -> Json:
    row: Json = {
        "totalVaultEquity": vaults.equities(state, account.address)[0]["equity"]
        if not dex and vaults.equities(state, account.address)
        else "0.0",
        "perpsAtOpenInterestCap": [row.name for row in listed(state, dex) if row.delisted][:2],
    }
    if not dex and account.address == cast.TRADER:
        row["leadingVaults"] = [{"address": cast.VAULT, "name": vaults.NAME}]
    return row


def snapshot(user: str, key: str, rows: list[Json]) -> Json:
    return {"isSnapshot": True, "user": user.lower(), key: rows}


def fills(state: State, user: str, aggregate: bool) -> Json:
    rows = list(of(state, user).fills)[-FILLS:]
    return snapshot(user, "fills", aggregated(rows) if aggregate else rows)


def fundings(state: State, user: str) -> Json:
    return snapshot(user, "fundings", [socket_row(row) for row in list(of(state, user).fundings)[-FUNDINGS:]])


def ledger(state: State, user: str) -> Json:
    return snapshot(user, "nonFundingLedgerUpdates", list(of(state, user).ledger))


def historical_orders(state: State, user: str) -> Json:
    return snapshot(user, "orderHistory", list(of(state, user).order_log)[-PAGE:])


def slices(state: State, user: str) -> Json:
    return snapshot(user, "twapSliceFills", list(of(state, user).slices)[-FILLS:])


def twap_history(state: State, user: str) -> Json:
    return snapshot(user, "history", list(of(state, user).twap_log))
