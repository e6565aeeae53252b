"""Sums of public trades by minute, made again from the trades whenever some were stored."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal, localcontext
from itertools import groupby

from django.db import connection

from snapshots.days import DIGITS
from snapshots.models import TradeMinute, TradeSnapshot

MINUTE = 60_000
SUM = """
INSERT INTO snapshots_trademinute (coin, time, trades, bought, sold, turnover)
SELECT asked.coin, sums.*
FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS asked (coin, first, last), LATERAL (
    SELECT time / 60000 * 60000, count(*), coalesce(sum(sz) FILTER (WHERE side = 'B'), 0),
        coalesce(sum(sz) FILTER (WHERE side <> 'B'), 0), sum(px * sz)
    FROM snapshots_tradesnapshot
    WHERE coin = asked.coin AND time >= asked.first AND time < asked.last AND time >= %s AND time < %s GROUP BY 1
) AS sums
ON CONFLICT (coin, time) DO UPDATE SET (trades, bought, sold, turnover)
    = (excluded.trades, excluded.bought, excluded.sold, excluded.turnover)
"""


def sum_minutes(touched: Iterable[tuple[str, int]]) -> None:
    """Sum the minutes of these (coin, time in Unix ms); in the transaction that stored the trades."""
    minutes = sorted({(coin, time // MINUTE) for coin, time in touched})
    spans = [
        (coin, first * MINUTE, (last + 1) * MINUTE)
        for coin, group in groupby(minutes, key=lambda one: one[0])
        for first, last in _runs([number for _, number in group])
    ]
    if connection.vendor == "postgresql" and spans:
        with connection.cursor() as cursor:  # one statement: it may be a long way to the database
            coins, firsts, lasts = map(list, zip(*spans, strict=True))
            cursor.execute(SUM, [coins, firsts, lasts, min(firsts), max(lasts)])
        return
    for coin, start, end in spans:
        _sum(coin, start, end)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Neighbouring numbers as (first, last)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _sum(coin: str, start: int, end: int) -> None:
    """In Python, since SQLite would sum in floats."""
    rows: dict[int, TradeMinute] = defaultdict(_nothing)
    trades = TradeSnapshot.objects.coin(coin).between(start, end)
    with localcontext(prec=DIGITS):
        for time, side, px, sz in trades.values_list("time", "side", "px", "sz").iterator():
            row = rows[time // MINUTE * MINUTE]
            row.trades += 1
            row.turnover += px * sz
            if side == "B":
                row.bought += sz
            else:
                row.sold += sz
    for time, row in rows.items():
        row.coin, row.time = coin, time
    TradeMinute.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["coin", "time"],
        update_fields=["trades", "bought", "sold", "turnover"],
    )


def _nothing() -> TradeMinute:
    return TradeMinute(trades=0, bought=Decimal(0), sold=Decimal(0), turnover=Decimal(0))
