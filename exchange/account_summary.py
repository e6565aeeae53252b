"""The summary row of ``account:<address>``: what it is worth, line by line, and how near its margin is."""

from decimal import Decimal

from exchange import figures
from exchange.account_marks import ZERO, Held
from exchange.account_views import AccountView
from exchange.equity import POOLED, USDC, Equity, PriceOf
from exchange.rows import Row

STREAMED_LIMIT_MS, POLLED_LIMIT_MS = 15_000, 150_000
"""Past this age what an account holds is stale: three of its 5 s, or two and a half of its minutes."""


NO_SOCKET = "no socket to the exchange"
"""What readers of a portfolio are told, whatever the network said."""


def summary(view: AccountView, positions: list[Held], equity: Equity, price_of: PriceOf) -> Row:
    """One account as a whole. Amounts of dexes with other collateral are counted in USD."""
    profit = _in_usd([(one.profit, one.token) for one in positions], price_of)
    margin = _in_usd([(one.margin, one.token) for one in positions], price_of)
    value = _in_usd([(one.value, one.token) for one in positions], price_of)
    worth = equity.total
    usage = margin / worth if margin is not None and worth is not None and worth > 0 else None
    health = _health(view)
    free = _withdrawable(view)
    return {
        "kind": "summary",
        "address": view.address,
        "role": view.role,
        "mode": view.mode or "",
        "how": view.how,
        "why": NO_SOCKET if view.why.startswith("no socket: ") else view.why,  # what broke is for the status page
        **_worth(equity),
        "upnl": figures.gain(profit),
        "notional": figures.money(value),
        "margin": figures.money(margin),
        "usage": figures.plain_percent(usage, 2),
        "health": figures.plain_percent(health, 2),
        "withdrawable": figures.money(free),
        "positions": len(positions),
        "orders": sum(map(len, view.orders.values())),
        **_ages(view),
        "n_upnl": figures.number(profit),
        "n_notional": figures.number(value),
        "n_usage": figures.number(usage),
        "n_health": figures.number(health),
    }


def _worth(equity: Equity) -> Row:
    return {
        "equity": figures.money(equity.total),
        "reason": equity.reason,
        "is_estimate": equity.is_estimate,
        "left_out": list(equity.left_out),
        "lines": [[line.kind, line.subject, figures.money(line.amount), line.why] for line in equity.lines],
        "n_equity": figures.number(equity.total),
    }


def _ages(view: AccountView) -> Row:
    return {
        "positions_at": view.positions_at,
        "spot_at": view.spot_at,
        "orders_at": min(view.orders_at.values(), default=None),
        "limit_ms": STREAMED_LIMIT_MS if view.how == "streamed" else POLLED_LIMIT_MS,
    }


def _in_usd(amounts: list[tuple[Decimal | None, str]], price_of: PriceOf) -> Decimal | None:
    """A sum in USD; None if a part of it is not known."""
    total = ZERO
    for amount, token in amounts:
        price = Decimal(1) if token == USDC else price_of(token)
        if amount is None or price is None:
            return None
        total += amount * price
    return total


def _health(view: AccountView) -> Decimal | None:
    """Cross maintenance margin over what backs it, of the worst dex; liquidation is at 1 (API.md section 8).

    Pooled accounts have no such figure, but portfolio margin says its own.
    """
    if view.mode in POOLED:
        return view.spot.portfolio_margin_ratio if view.spot else None
    ratios = []
    for state in view.states.values():
        needed, margin = state.cross_maintenance_margin_used, state.cross_margin_summary
        if needed and margin and margin.account_value:
            ratios.append(needed / margin.account_value)
    return max(ratios, default=None)


def _withdrawable(view: AccountView) -> Decimal | None:
    """Standard accounts: free collateral of all dexes; pooled ones: the USDC that nothing holds back."""
    if view.mode not in POOLED:
        free = [state.withdrawable for state in view.states.values() if state.withdrawable is not None]
        return sum(free, ZERO) if free else None
    for row in (view.spot.balances if view.spot else None) or ():
        if row.coin == USDC:
            return max(ZERO, row.total - (row.hold if row.spot_hold is None else row.spot_hold))
    return None
