"""Rows out of Postgres and back, by COPY over the project's own connection: no program of Postgres' is needed.

One read-only transaction (REPEATABLE READ) sees all tables as of one moment, while others go on writing.
"""

import tarfile
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from monitoring.backup.archive import MANIFEST, Archive, parts
from monitoring.backup.errors import BackupError
from monitoring.backup.migrated import applied, tables
from snapshots.partitions import ensure_months, months

AS_OF_NOW = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
PATIENT = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0"
COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()"
FOLDER = "tables/"


def dump(archive: Archive) -> dict[str, Any]:
    """All rows of all tables into the archive; what the manifest says of them."""
    rows: dict[str, int] = {}
    columns: dict[str, list[str]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(AS_OF_NOW)
        cursor.execute(PATIENT)
        migrations = applied()
        for table in tables():
            cursor.execute(COLUMNS, [table])
            columns[table] = [name for (name,) in cursor.fetchall()]
            with archive.part(FOLDER + table) as part, connection.wrap_database_errors:
                with cursor.copy(f"COPY (SELECT {_names(columns[table])} FROM {_name(table)}) TO STDOUT") as copy:  # noqa: S608
                    for block in copy:
                        part.write(block)
            rows[table] = cursor.rowcount
        cursor.execute(SEQUENCES)
        sequences = {name: last for name, last in cursor.fetchall() if last is not None}
        held = months()
    return {"migrations": migrations, "rows": rows, "columns": columns, "sequences": sequences, "months": held}


def load(tar: tarfile.TarFile, manifest: dict[str, Any]) -> None:
    """Put the rows in the place of all that the tables hold; all or nothing.

    Raises BackupError if a table has other rows than the manifest says, DatabaseError if they do not fit together.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PATIENT)
        cursor.execute(f"TRUNCATE {', '.join(map(_name, tables()))}")
        ensure_months(manifest["months"])
        for name, pieces in parts(tar):
            if name != MANIFEST:
                _load_table(cursor, name.removeprefix(FOLDER), pieces, manifest)
        for sequence, last in manifest["sequences"].items():
            cursor.execute("SELECT setval(%s::regclass, %s)", [_name(sequence), last])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _load_table(cursor: Any, table: str, pieces: Any, manifest: dict[str, Any]) -> None:
    if table not in manifest["rows"]:
        raise BackupError(f"the manifest does not know {table}")
    digest = sha256()
    names = _names(manifest["columns"][table])
    with connection.wrap_database_errors, cursor.copy(f"COPY {_name(table)} ({names}) FROM STDIN") as copy:
        for piece in pieces:
            digest.update(piece)
            copy.write(piece)
    if digest.hexdigest() != manifest["parts"][FOLDER + table]["sha256"]:
        raise BackupError(f"the file changed while it was read: {table}")
    if cursor.rowcount != manifest["rows"][table]:
        raise BackupError(
            f"{table} has {cursor.rowcount} rows, not {manifest['rows'][table]} as the manifest says"
        )


def _name(table: str) -> str:
    return connection.ops.quote_name(table)


def _names(columns: list[str]) -> str:
    return ", ".join(map(_name, columns))
