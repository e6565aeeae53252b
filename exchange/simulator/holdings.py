"""What an account holds, in the shapes of the wire: clearinghouse and spot states (API.md section 7)."""

from typing import Any

from exchange.simulator import margin
from exchange.simulator.accounts import USDC, Account
from exchange.simulator.figures import exact, floaty, usd
from exchange.simulator.margin import Sums
from exchange.simulator.names import BUILDER_DEXES
from exchange.simulator.positions import Position
from exchange.simulator.state import State

Json = dict[str, Any]


def summary(sums: Sums) -> Json:
    return {
        "accountValue": usd(sums.value),
        "totalNtlPos": usd(sums.notional),
        "totalRawUsd": usd(sums.raw),
        "totalMarginUsed": usd(sums.used),
    }


def clearinghouse_state(state: State, account: Account | None, dex: str) -> Json:
    """One dex's ``clearinghouseState``; zeroed for an address never seen."""
    account = account or Account("")
    cross = margin.cross_sums(state, account, dex)
    return {
        "marginSummary": summary(cross + margin.isolated_sums(state, account, dex)),
        "crossMarginSummary": summary(cross),
        "crossMaintenanceMarginUsed": usd(margin.cross_maintenance(state, account, dex)),
        "withdrawable": usd(margin.withdrawable(state, account, dex)),
        "assetPositions": [
            {"type": "oneWay", "position": position_row(state, account, position)}
            for position in account.held(dex)
        ],
        "time": state.now,
    }


def position_row(state: State, account: Account, position: Position) -> Json:
    market = state.markets[position.coin]
    listing, mark = market.listing, market.mark
    value, profit = position.value(mark), position.profit(mark)
    entry = max(1, position.cost // position.leverage)
    at = margin.liquidation_price(state, account, position)
    used = position.cash + position.size * mark if position.isolated else value // position.leverage
    return {
        "coin": position.coin,
        "szi": exact(position.size, listing.sz_decimals),
        "leverage": leverage(position),
        "entryPx": exact(round(position.cost / abs(position.size)), listing.px_decimals),
        "positionValue": usd(value),
        "unrealizedPnl": usd(profit),
        "returnOnEquity": floaty(profit / entry),
        "liquidationPx": None if at is None else floaty(at / 10**listing.px_decimals),
        "marginUsed": usd(used),
        "maxLeverage": listing.max_leverage,
        "cumFunding": {
            "allTime": usd(position.funding_all),
            "sinceOpen": usd(position.funding_open),
            "sinceChange": usd(position.funding_change),
        },
    }


def leverage(position: Position) -> Json:
    if position.isolated:
        return {"type": "isolated", "value": position.leverage, "rawUsd": usd(position.cash)}
    return {"type": "cross", "value": position.leverage}


def collateral(dex: str) -> int:
    """Token that a dex's margin is kept in."""
    return BUILDER_DEXES[dex][1] if dex else USDC


def totals(state: State, account: Account) -> dict[int, int]:
    """Token → total in 10**-8; a pooled account's perp money is in here (API.md section 8)."""
    held = {token: balance.total for token, balance in account.spot.items()}
    if account.pooled:
        for dex in state.dexes:
            token = collateral(dex)
            held[token] = held.get(token, 0) + 100 * margin.settled(account, dex)
    return {token: total for token, total in held.items() if total or token == USDC}


def holds(state: State, account: Account) -> dict[int, int]:
    """Token → what open spot orders and, in a pooled account, positions hold, in 10**-8."""
    held: dict[int, int] = {}
    for order in account.orders.values():
        if order.listing.kind == "spot":
            base, quote = order.listing.tokens
            if order.buy:
                held[quote] = held.get(quote, 0) + order.price * order.size
            else:
                held[base] = held.get(base, 0) + order.size * 10 ** (8 - order.listing.sz_decimals)
    if account.pooled:
        for dex in state.dexes:
            used = (margin.cross_sums(state, account, dex) + margin.isolated_sums(state, account, dex)).used
            held[collateral(dex)] = held.get(collateral(dex), 0) + 100 * used
    return held


def spot_state(state: State, account: Account | None) -> Json:
    """``spotClearinghouseState`` with the extra fields of pooled and portfolio-margin accounts."""
    if account is None:
        return {"balances": []}
    owned, held = totals(state, account), holds(state, account)
    answer: Json = {
        "balances": [
            {
                "coin": state.token_names[token],
                "token": token,
                "total": exact(total, 8),
                "hold": exact(held.get(token, 0), 8),
                "entryNtl": exact(account.balance(token).cost, 8),
            }
            for token, total in sorted(owned.items())
        ]
    }
    if account.pooled:
        needed = 100 * sum(margin.cross_maintenance(state, account, dex) for dex in state.dexes)
        answer["tokenToAvailableAfterMaintenance"] = [
            [token, exact(max(0, total - (needed if token == USDC else 0)), 8)]
            for token, total in sorted(owned.items())
        ]
    if account.mode == "portfolioMargin":
        add_portfolio_margin(state, account, answer)
    return answer


def add_portfolio_margin(state: State, account: Account, answer: Json) -> None:
    """Loan-to-value per token, what is borrowed, and the account's margin ratio."""
    needed = sum(margin.cross_maintenance(state, account, dex) for dex in state.dexes)
    behind = max(1, margin.backing(state, account, ""))
    answer["portfolioMarginEnabled"] = True
    answer["portfolioMarginRatio"] = floaty(needed / behind)
    for row in answer["balances"]:
        row["ltv"] = "0.5" if row["coin"] == "HYPE" else "0.0"
        if row["token"] == USDC:
            row["spotHold"] = "0.0"
            row["borrowed" if row["total"].startswith("-") else "supplied"] = row["total"].lstrip("-")
    answer["tokenToPortfolioBorrowRatio"] = [[USDC, "0.0"]]
    answer["tokenToPortfolioSupplyRatio"] = []


def active_asset(state: State, account: Account | None, user: str, coin: str) -> Json:
    """``activeAssetData``: leverage chosen for a coin and what could be bought and sold with it."""
    market = state.markets[coin]
    account = account or Account(user)
    held = account.positions.get(coin) or Position(
        coin, min(20, market.listing.max_leverage), coin in account.isolated
    )
    free = max(
        0,
        margin.backing(state, account, market.listing.dex)
        - margin.cross_sums(state, account, market.listing.dex).used,
    )
    lots = free * held.leverage // market.mark
    return {
        "user": user,
        "coin": coin,
        "leverage": leverage(held),
        "maxTradeSzs": [exact(lots, market.listing.sz_decimals)] * 2,
        "availableToTrade": [usd(free)] * 2,
        "markPx": exact(market.mark, market.listing.px_decimals),
    }
