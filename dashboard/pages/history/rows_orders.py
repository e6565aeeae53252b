"""Rows of the table of closed orders: what was asked for, and what became of it."""

import re

from dashboard.pages.history.cells import Cell, Column, price, size
from dashboard.pages.history.rows import COIN, SIDES, WALLET, Cells, place_cells
from dashboard.pages.history.scope import Scope
from snapshots.models import ClosedOrder

ORDERS = [
    Column("time", "Closed"),
    WALLET,
    COIN,
    Column("side", "Side"),
    Column("type", "Type"),
    Column("size", "Size", True, "What was asked for, and what of it was filled"),
    Column("price", "Limit price", True),
    Column("trigger", "Trigger", True),
    Column("status", "Ended"),
    Column("placed", "Placed"),
]
ENDINGS = ("filled", "canceled", "rejected")
"""Always to be chosen from; the exchange's other words are where there are orders that ended so."""


def order_cells(order: ClosedOrder, scope: Scope) -> Cells:
    """One order."""
    word, tone = SIDES.get(order.side, (order.side, ""))
    base = scope.coins.base(order.coin)
    return {
        **place_cells(scope, order.account_id, order.time, order.coin),
        "side": Cell(word, tone, tags=(("reduce only", ""),) if order.reduce_only else ()),
        "type": Cell(order.order_type or "—", under=order.tif or ""),
        "size": _size(order, base),
        "price": price(order.limit_px),
        "trigger": _trigger(order),
        "status": Cell(ended(order.status), "down" if order.status.endswith(("Rejected", "rejected")) else ""),
        "placed": Cell(scope.times.at(order.timestamp), title=scope.times.exact(order.timestamp)),
    }


def ended(status: str) -> str:
    """``Canceled: margin`` of ``marginCanceled``; the exchange's own word if it is a new one."""
    for suffix in ("Canceled", "Rejected"):
        if status.endswith(suffix) and status != suffix.lower():
            why = re.sub("[A-Z]", lambda letter: f" {letter[0].lower()}", status.removesuffix(suffix))
            return f"{suffix}: {why.strip()}"
    return status[:1].upper() + status[1:]


def _size(order: ClosedOrder, base: str) -> Cell:
    if order.orig_sz is None:
        return size(order.sz, base)
    if order.orig_sz == 0 and order.is_position_tpsl:
        return Cell("whole position")
    filled = order.orig_sz - order.sz
    title = f"{size(filled, base).text} filled"
    share = f"{filled / order.orig_sz:.1%} filled" if order.orig_sz and 0 < filled < order.orig_sz else ""
    return Cell(size(order.orig_sz, base).text, title=title, under=share)


def _trigger(order: ClosedOrder) -> Cell:
    if not order.trigger_px:
        return Cell("—")
    return Cell(price(order.trigger_px).text, under=order.trigger_condition or "")
