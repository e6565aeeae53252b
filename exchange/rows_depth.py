"""Rows of ``book:<coin>``, ``trades:<coin>`` and ``candle:<coin>:<interval>``. Fields: ``rows.py``."""

from decimal import Decimal
from itertools import accumulate
from typing import Any

from exchange import figures
from exchange.rows import BOOK_KEY, NONE, Row, Rows
from exchange.rows_market import spread
from exchange.universe import Coin
from exchange.wire.market import Book, Candle, Level, Trade

LARGE_TRADE_USD = Decimal(50_000)
"""From this value on a trade is marked as large."""


def book_rows(book: Book, coin: Coin) -> Rows:
    """The whole book as one row."""
    bids, asks = book.levels
    most = coin.max_price_decimals
    totals = [list(accumulate(level.sz for level in side)) for side in (bids, asks)]
    deepest = max((side[-1] for side in totals if side), default=Decimal(0))
    bid, ask = (side[0].px if side else None for side in (bids, asks))
    row = {
        "bids": _levels(bids, totals[0], deepest, coin),
        "asks": _levels(asks, totals[1], deepest, coin),
        **spread(bid, ask),
        "mid": NONE if bid is None or ask is None else figures.price((bid + ask) / 2, most),
        "time": book.time,
    }
    return {BOOK_KEY: row}


def _levels(side: list[Level], totals: list[Decimal], deepest: Decimal, coin: Coin) -> list[list[Any]]:
    most, decimals = coin.max_price_decimals, coin.sz_decimals
    return [
        [
            figures.price(level.px, most),
            figures.size(level.sz, decimals),
            figures.size(total, decimals),
            round(float(total / deepest), 3) if deepest else 0.0,
        ]
        for level, total in zip(side, totals, strict=True)
    ]


def trade_key(trade: Trade) -> str:
    """Identity of a trade within its coin (API.md section 8), which also sorts by time."""
    return f"{trade.time}-{trade.tid}"


def trade_row(trade: Trade, coin: Coin) -> Row:
    """One line of the tape; ``B`` is a buyer who took (API.md section 8)."""
    value = trade.px * trade.sz
    return {
        "px": figures.price(trade.px, coin.max_price_decimals),
        "sz": figures.size(trade.sz, coin.sz_decimals),
        "usd": figures.usd(value),
        "side": "buy" if trade.side == "B" else "sell",
        "time": trade.time,
        "at": figures.utc_time(trade.time),
        "large": value >= LARGE_TRADE_USD,
    }


def candle_row(candle: Candle, coin: Coin) -> Row:
    """One bar; floats, because a chart draws it."""
    bar = [candle.t, *(float(figure) for figure in (candle.o, candle.h, candle.l, candle.c, candle.v))]
    return {"bar": bar, "close": figures.price(candle.c, coin.max_price_decimals)}
