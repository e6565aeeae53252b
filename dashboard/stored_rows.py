"""How many rows each table has: what Postgres estimates, or on SQLite a count that ends at a bound."""

from dataclasses import dataclass

from django.apps import apps
from django.db import connection

MOST = 10_000
"""Rows of a table that SQLite counts at most."""

ESTIMATES = """
WITH pieces AS (
  SELECT c.relname AS whole, c.oid AS piece FROM pg_class c WHERE c.relname = ANY(%s)
    AND c.relnamespace = current_schema()::regnamespace
  UNION ALL
  SELECT c.relname, i.inhrelid FROM pg_class c JOIN pg_inherits i ON i.inhparent = c.oid WHERE c.relname = ANY(%s)
    AND c.relnamespace = current_schema()::regnamespace
)
SELECT whole, sum(greatest(reltuples, 0))::bigint, sum(pg_total_relation_size(piece))::bigint
FROM pieces JOIN pg_class p ON p.oid = piece WHERE p.relkind <> 'p' GROUP BY whole
"""


@dataclass(frozen=True, slots=True)
class Size:
    """``bytes`` is None where it is not known: SQLite does not say."""

    table: str
    rows: int
    bytes: int | None

    @property
    def is_bounded(self) -> bool:
        """There may be more rows."""
        return self.bytes is None and self.rows >= MOST


def is_postgres() -> bool:
    return connection.vendor == "postgresql"


def sizes() -> list[Size]:
    """Of all tables of ours, the largest first; one statement."""
    tables = sorted({model._meta.db_table for model in apps.get_models() if model._meta.managed})
    with connection.cursor() as cursor:
        if is_postgres():
            cursor.execute(ESTIMATES, [tables, tables])
            found = [Size(*row) for row in cursor.fetchall()]
        else:
            found = []
            name = connection.ops.quote_name
            for part in (tables[n : n + 50] for n in range(0, len(tables), 50)):
                one = "SELECT '{0}', (SELECT count(*) FROM (SELECT 1 FROM {1} LIMIT {2}))"
                cursor.execute(" UNION ALL ".join(one.format(table, name(table), MOST) for table in part))
                found += [Size(table, rows, None) for table, rows in cursor.fetchall()]
    return sorted(found, key=lambda one: (one.bytes or 0, one.rows), reverse=True)
