"""What happened, as messages of the channels that carry it (API.md section 5).

Rows of one kind, block and user go together in one frame. ``userEvents`` speaks on the channel
``user``; ``orderUpdates``, ``user`` and ``notification`` do not say whose they are.
"""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

from exchange.simulator import happenings as h
from exchange.simulator.stream_kinds import Message


class Told(NamedTuple):
    """A message for the streams of one type that are about one coin or user."""

    type: str
    about: str
    message: Message


class Rows(NamedTuple):
    """How the rows of one kind of happening are carried; ``event`` is their name on ``user``, if any."""

    row: Callable[[Any], Any]
    channel: str
    name: str
    event: str | None = None


ROWS: dict[type[Any], Rows] = {
    h.Filled: Rows(lambda f: f.fill, "userFills", "fills", "fills"),
    h.SliceFilled: Rows(lambda f: f.row, "userTwapSliceFills", "twapSliceFills", "twapSliceFills"),
    h.TwapChanged: Rows(lambda t: t.row, "userTwapHistory", "history", "twapHistory"),
    h.FundingPaid: Rows(lambda p: p.row, "userFundings", "fundings"),
    h.LedgerChanged: Rows(lambda c: c.row, "userNonFundingLedgerUpdates", "nonFundingLedgerUpdates"),
    h.OrderChanged: Rows(lambda o: o.record, "userHistoricalOrders", "orderHistory"),
}


def tell(happenings: list[h.Happening]) -> Iterator[Told]:
    """Messages for everything that is told as it happens; books and candles are asked for instead."""
    for (kind, _, user), group in groupby(happenings, _block):
        together: list[Any] = list(group)
        if kind in ROWS:
            yield from _rows(ROWS[kind], user, [ROWS[kind].row(one) for one in together])
        for one in together:
            yield from _single(one)
        if kind is h.OrderChanged:
            yield Told("orderUpdates", user, ("orderUpdates", [one.update for one in together]))


def _block(happening: h.Happening) -> tuple[type[Any], int, str]:
    return type(happening), happening.time, getattr(happening, "user", "")


def _rows(how: Rows, user: str, rows: list[Any]) -> Iterator[Told]:
    yield Told(how.channel, user, (how.channel, {"user": user, how.name: rows}))
    if how.event:
        yield Told("userEvents", user, ("user", {how.event: rows}))


def _single(happening: h.Happening) -> Iterator[Told]:
    match happening:
        case h.Trades(coin=coin, trades=trades):
            yield Told("trades", coin, ("trades", trades))
        case h.FundingPaid(user=user, row=row):
            yield Told("userEvents", user, ("user", {"funding": row}))
        case h.Liquidated(user=user, liquidation=liquidation):
            yield Told("userEvents", user, ("user", {"liquidation": liquidation}))
        case h.CancelledByExchange(user=user, cancels=cancels):
            yield Told("userEvents", user, ("user", {"nonUserCancel": cancels}))
        case h.Notified(user=user, text=text):
            yield Told("notification", user, ("notification", {"notification": text}))
        case h.OutcomesChanged(updates=updates):
            yield Told("outcomeMetaUpdates", "", ("outcomeMetaUpdates", updates))
