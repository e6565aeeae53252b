"""Happenings: what an event says that happened, as occurrences with the exchange's own identity."""

from collections.abc import Iterator
from decimal import Decimal

from alerts.figure import Occurrence
from exchange.account_events import HistoricalOrders, TwapSlices, UserFills
from exchange.events import Event, Traded
from exchange.wire.fills import Fill
from exchange.wire.market import Trade
from exchange.wire.orders import OrderRecord

WORDS = {"A": "sold", "B": "bought"}


def trades(event: Traded) -> Iterator[Occurrence]:
    """Each public trade; its side is the aggressor's."""
    for trade in event.trades:
        value = trade.px * trade.sz
        yield Occurrence(
            "trade",
            event.coin,
            _name(event.coin, trade),
            trade.time,
            event.received_at,
            value,
            _said(trade, value),
        )


def of_account(event: Event) -> Iterator[Occurrence]:
    """Fills and what they do to positions, orders that are over; the subject is ``address/coin``."""
    match event:
        case UserFills():
            for fill in event.fills:
                yield from fills(event.user, fill, event.received_at)
        case TwapSlices():
            for part in event.slices:
                yield from fills(event.user, part.fill, event.received_at)
        case HistoricalOrders():
            for record in event.orders:
                yield from orders(event.user, record, event.received_at)


def fills(user: str, fill: Fill, received_at: int) -> Iterator[Occurrence]:
    """The fill, and whether it opened, closed, increased, reduced or flipped a position."""
    value, subject = fill.px * fill.sz, f"{user}/{fill.coin}"
    key = f"{fill.time}:{fill.coin}:{fill.tid}:{fill.oid}:{fill.side}"
    text = f"{WORDS.get(fill.side, fill.side)} {_plain(fill.sz)} {fill.coin} at {_plain(fill.px)} ({fill.dir})"
    kinds = ["fill"]
    if change := position_change(fill):
        kinds.append(change)
    if fill.liquidation is not None and fill.liquidation.liquidated_user.lower() == user:
        kinds.append("liquidation")
    for kind in kinds:
        yield Occurrence(kind, subject, f"{kind}:{key}", fill.time, received_at, value, text)


def position_change(fill: Fill) -> str | None:
    """What a fill does to the position; None for spot, which has none."""
    if fill.coin.startswith(("@", "#")) or "/" in fill.coin:
        return None
    before = fill.start_position
    after = before + (fill.sz if fill.side == "B" else -fill.sz)
    if not before:
        return "position_opened"
    if not after:
        return "position_closed"
    if (before > 0) != (after > 0):
        return "position_flipped"
    return "position_increased" if abs(after) > abs(before) else "position_reduced"


def orders(user: str, record: OrderRecord, received_at: int) -> Iterator[Occurrence]:
    """An order that was filled or cancelled; statuses are told apart by their end (API.md section 7)."""
    status, order = record.status, record.order
    kind = (
        "order_filled" if status == "filled" else "order_cancelled" if status.lower().endswith("canceled") else ""
    )
    if kind:
        size = order.orig_sz if order.orig_sz is not None else order.sz
        value = order.limit_px * size if order.limit_px else Decimal(0)
        words = "buy" if order.side == "B" else "sell"
        text = f"{words} {_plain(size)} {order.coin} at {_plain(order.limit_px)}: {status}"
        identity = f"{kind}:{order.oid}:{status}"
        yield Occurrence(kind, f"{user}/{order.coin}", identity, record.status_timestamp, received_at, value, text)


def _name(coin: str, trade: Trade) -> str:
    return f"trade:{coin}:{trade.time}:{trade.tid}"


def _said(trade: Trade, value: Decimal) -> str:
    return f"{WORDS.get(trade.side, trade.side)} {_plain(trade.sz)} at {_plain(trade.px)}, worth {value:,.2f}"


def _plain(number: Decimal) -> str:
    """As pages write it: ``84,112``, not ``84112.0``."""
    return f"{number.normalize():,f}"
