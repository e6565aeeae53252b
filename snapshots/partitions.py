"""Public trades by month on Postgres, so that retention drops a month at once and indexes stay small.

SQLite has one plain table: there ``ensure_months`` and ``drop_before`` have nothing to do.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

TRADES = "snapshots_tradesnapshot"
BY_MONTH = f"""
ALTER TABLE {TRADES} RENAME TO trades_plain;
CREATE TABLE {TRADES} (LIKE trades_plain INCLUDING DEFAULTS INCLUDING IDENTITY) PARTITION BY RANGE (time);
DROP TABLE trades_plain;
ALTER TABLE {TRADES} ADD CONSTRAINT trade_identity UNIQUE (coin, time, tid);
CREATE INDEX trade_number ON {TRADES} USING brin (id);
"""
"""For the migration. The primary key of a partitioned table would need ``time``: the identity does that."""
HELD = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass"


def partition_by_month(apps: Any, schema_editor: Any) -> None:
    """The new, still empty table becomes one of months."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(BY_MONTH)


def name_of(time: int) -> str:
    """The table of the month (UTC) in which ``time`` (Unix ms) is."""
    return f"{TRADES}_{datetime.fromtimestamp(time / 1000, UTC):%Y_%m}"


def span_of(time: int) -> tuple[int, int]:
    """Beginning and end (excluded) of that month, Unix ms."""
    first = datetime.fromtimestamp(time / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + timedelta(days=32)).replace(day=1)
    return round(first.timestamp() * 1000), round(after.timestamp() * 1000)


def ensure_months(times: Iterable[int]) -> None:
    """Make the tables into which trades of these times (Unix ms) go, where they are missing."""
    if connection.vendor != "postgresql":
        return
    months = {span_of(time) for time in times}
    with connection.cursor() as cursor:
        cursor.execute(HELD, [TRADES])
        held = {name for (name,) in cursor.fetchall()}
        missing = sorted(span for span in months if name_of(span[0]) not in held)
        if not missing:
            return
        with transaction.atomic():
            for start, _ in missing:
                cursor.execute("SELECT trades_make_month(%s)", [start])  # as the owner: months_sql.py


def months() -> list[int]:
    """When the months begin for which there are tables, Unix ms, oldest first."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(HELD, [TRADES])
        names = sorted(name.removeprefix(f"{TRADES}_") for (name,) in cursor.fetchall())
    return [round(datetime.strptime(name, "%Y_%m").replace(tzinfo=UTC).timestamp() * 1000) for name in names]


def months_before(moment: int) -> list[str]:
    """The tables of months that ended by ``moment`` (Unix ms), oldest first."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(HELD, [TRADES])
        return sorted(name for (name,) in cursor.fetchall() if name < name_of(moment))


def drop(name: str) -> None:
    """Drop a month of ``months_before``."""
    if not name.startswith(f"{TRADES}_"):
        raise ValueError(f"{name} is no month of trades")
    with connection.cursor() as cursor:
        cursor.execute("SELECT trades_drop_month(%s)", [name])
