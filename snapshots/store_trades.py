"""Writing public trades: the one flood. Straight into the table; only if something repeats, by a detour.

A straight COPY stops at the first trade that is known already, which is rare: then the batch goes through
a temporary table. Both are Postgres' own; SQLite takes the same rows by one prepared statement.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, connection, transaction

from snapshots.models import TradeSnapshot
from snapshots.models.trade import COLUMNS
from snapshots.partitions import ensure_months

DAY = 86_400_000
PIECE = 500
"""Rows that go to Postgres at a time."""
TABLE = TradeSnapshot._meta.db_table
NAMES = ", ".join(COLUMNS)
COPY = f"COPY {{}} ({NAMES}) FROM STDIN"
DETOUR = f"INSERT INTO {TABLE} ({NAMES}) SELECT {NAMES} FROM repeated ON CONFLICT DO NOTHING"  # noqa: S608
INSERT = f"INSERT INTO {TABLE} ({NAMES}) VALUES ({', '.join(['%s'] * len(COLUMNS))}) ON CONFLICT DO NOTHING"  # noqa: S608
TEMPORARY = f"CREATE TEMPORARY TABLE repeated ON COMMIT DROP AS SELECT {NAMES} FROM {TABLE} WITH NO DATA"  # noqa: S608


def store_trades(rows: Sequence[tuple]) -> int:
    """Write rows of ``COLUMNS``; how many were new."""
    if not rows:
        return 0
    once = list({row[:3]: row for row in rows}.values())
    ensure_months({row[1] // DAY * DAY for row in once})
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(INSERT, [tuple(map(_plain, row)) for row in once])
            return cursor.rowcount
        try:
            with transaction.atomic():
                return _copy(cursor, TABLE, once)
        except IntegrityError:
            cursor.execute(TEMPORARY)
            _copy(cursor, "repeated", once)
            cursor.execute(DETOUR)
            new = cursor.rowcount
            cursor.execute("DROP TABLE repeated")
            return new


def _copy(cursor: Any, table: str, rows: Sequence[tuple]) -> int:
    with connection.wrap_database_errors, cursor.copy(COPY.format(table)) as copy:
        for start in range(0, len(rows), PIECE):  # Postgres stores one piece while the next is written out
            copy.write("".join(map(_line, rows[start : start + PIECE])))
    return cursor.rowcount


def _line(row: tuple) -> str:
    """One row as COPY reads it."""
    coin, time, tid, side, px, sz, notional, buyer, seller, received_at = row
    parties = f"{_text(buyer)}\t{_text(seller)}" if buyer else "\\N\t\\N"
    return f"{_text(coin)}\t{time}\t{tid}\t{_text(side)}\t{px!s}\t{sz!s}\t{notional}\t{parties}\t{received_at}\n"


@lru_cache(10_000)
def _text(value: str) -> str:
    """What COPY would take for its own signs, written so that it does not."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _plain(value: Any) -> Any:
    """As ``Amount`` writes it."""
    return value if isinstance(value, str | int | None) else f"{value:f}"
