"""Rows of ``account:<address>``: a summary, positions, open orders and spot balances. Fields: ``rows.py``."""

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote

from exchange import figures
from exchange.account_marks import Held, equity_now, held
from exchange.account_summary import summary
from exchange.account_views import AccountView
from exchange.equity import PriceOf, usd_prices
from exchange.market_state import CoinState
from exchange.rows import NONE, Row, Rows
from exchange.universe import Coin, Universe
from exchange.wire.account import SpotBalance
from exchange.wire.orders import Order

MOST_DECIMALS = 8


def account_rows(view: AccountView, coins: Mapping[str, CoinState], universe: Universe) -> Rows:
    """All rows of one account at the newest marks."""
    price_of = usd_prices(coins)
    positions = list(held(view, coins, universe))
    equity = equity_now(view, positions, price_of, universe)
    rows: Rows = {"summary": summary(view, positions, equity, price_of)}
    for one in positions:
        rows[f"position:{one.position.coin}"] = position_row(one, universe.get(one.position.coin))
    for orders in view.orders.values():
        for order in orders:
            rows[f"order:{order.oid}"] = order_row(order, universe.get(order.coin))
    for balance in (view.spot.balances if view.spot else None) or ():
        if balance.total or balance.hold:
            rows[f"balance:{balance.coin}"] = balance_row(balance, price_of)
    return rows


def position_row(one: Held, coin: Coin | None) -> Row:
    """One position; a liquidation price of none is said as such, never as 0."""
    position, token = one.position, one.token
    leverage, funding = position.leverage, position.cum_funding
    paid = funding.since_open if funding else None
    return {
        "kind": "position",
        **_named(position.coin, coin),
        "dex": one.dex,
        "side": "long" if position.szi > 0 else "short",
        "size": _size(abs(position.szi), coin),
        "entry": _price(position.entry_px, coin),
        "mark": _price(one.mark, coin),
        "is_live": one.is_live,
        "value": figures.money(one.value, token),
        "upnl": figures.gain(one.profit, token),
        "roe": figures.percent(one.return_on_equity),
        "liq": "none" if position.liquidation_px is None else _price(position.liquidation_px, coin),
        "distance": figures.plain_percent(one.distance, 2),
        "margin": figures.money(one.margin, token),
        "leverage": f"{leverage.value}× {leverage.type}" if leverage else NONE,
        "funding": figures.gain(None if paid is None else -paid, token),
        "n_value": figures.number(one.value),
        "n_upnl": figures.number(one.profit),
        "n_roe": figures.number(one.return_on_equity),
        "n_distance": figures.number(one.distance),
        "n_margin": figures.number(one.margin),
        "n_funding": figures.number(None if paid is None else -paid),
    }


def order_row(order: Order, coin: Coin | None) -> Row:
    """One resting order; orders of size 0 that close a position close it whole."""
    is_whole = bool(order.is_position_tpsl) and not order.sz
    original = order.orig_sz
    return {
        "kind": "order",
        **_named(order.coin, coin),
        "oid": str(order.oid),
        "side": "buy" if order.side == "B" else "sell",
        "type": order.order_type or "Limit",
        "size": "whole position" if is_whole else _size(order.sz, coin),
        "filled": figures.plain_percent(1 - order.sz / original if original else None, 1),
        "price": _price(order.limit_px, coin),
        "value": NONE if is_whole else figures.money(order.limit_px * order.sz, coin.quote if coin else "USDC"),
        "trigger": _trigger(order, coin),
        "tif": order.tif or NONE,
        "reduce_only": bool(order.reduce_only),
        "children": [f"{child.order_type}: {_trigger(child, coin)}" for child in order.children or ()],
        "time": order.timestamp,
        "n_price": figures.number(order.limit_px),
        "n_value": figures.number(order.limit_px * order.sz),
    }


def balance_row(balance: SpotBalance, price_of: PriceOf) -> Row:
    """One token; what is held back by open orders or margins cannot be moved."""
    price, cost = price_of(balance.coin), balance.entry_ntl
    value = None if price is None else balance.total * price
    profit = value - cost if value is not None and cost and balance.coin != "USDC" else None
    return {
        "kind": "balance",
        "token": balance.coin,
        "total": figures.exact(balance.total),
        "hold": figures.exact(balance.hold),
        "available": figures.exact(balance.total - balance.hold),
        "price": figures.price(price, MOST_DECIMALS),
        "value": figures.money(value),
        "upnl": figures.gain(profit),
        "n_total": figures.number(balance.total),
        "n_value": figures.number(value),
        "n_upnl": figures.number(profit),
    }


def _named(name: str, coin: Coin | None) -> Row:
    return {
        "coin": name,
        "label": coin.label if coin else name,
        "href": f"/markets/{quote(name, safe='@:/')}/" if coin else "",
    }


def _price(value: Decimal | None, coin: Coin | None) -> str:
    return figures.price(value, coin.max_price_decimals) if coin else figures.exact(value)


def _size(value: Decimal, coin: Coin | None) -> str:
    return figures.size(value, coin.sz_decimals) if coin else figures.exact(value)


def _trigger(order: Order, coin: Coin | None) -> str:
    """The condition in the exchange's words, or its price; orders without a trigger say 0 and ``N/A``."""
    if not order.trigger_px:
        return NONE
    words = order.trigger_condition
    return words if words and words != "N/A" else _price(order.trigger_px, coin)
