"""Whoever runs a released version can go on with this one: his rows are there, and the schema is a new one's."""

import gzip
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from dashboard import __version__
from tests.dashboard.own_postgres import BIN, OwnPostgres
from tests.released.keep import KEPT, ROOT, environment

VERSIONS = sorted(file.name.removesuffix(".sqlite.sql.gz") for file in KEPT.glob("*.sqlite.sql.gz"))
CHECK = "import django; django.setup(); from tests.released.reading import check; check()"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def run(url: str, *command: str) -> None:
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment(url), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]


def kept(version: str, kind: str) -> str:
    return gzip.decompress((KEPT / f"{version}.{kind}.sql.gz").read_bytes()).decode()


def sqlite_schema(file: Path) -> set[tuple]:
    """What there is. SQLite keeps the text of statements, which says the same in many ways: so its columns."""
    with sqlite3.connect(file) as database:
        names = database.execute("SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
        return {
            (*one, *(column[1:4] for column in database.execute(f'PRAGMA table_xinfo("{one[1]}")')))
            for one in names.fetchall()
        }


def test_an_upgraded_sqlite_file_has_all_rows_and_the_schema_of_a_new_one(tmp_path):
    for version in VERSIONS:
        old, new = tmp_path / f"{version}.sqlite3", tmp_path / "new.sqlite3"
        with sqlite3.connect(old) as database:
            database.executescript(kept(version, "sqlite"))
        for file in (old, new):
            run(f"sqlite:///{file}", "manage.py", "migrate", "-v", "0")
        run(f"sqlite:///{old}", "-c", CHECK)
        assert sqlite_schema(old) == sqlite_schema(new)


@pytest.fixture(scope="module")
def own() -> Iterator[OwnPostgres]:
    with OwnPostgres() as own:
        yield own


SCHEMA = """
SELECT 'column', table_name::text, column_name::text, data_type || is_nullable || coalesce(column_default, '')
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', tablename, indexname, split_part(indexdef, ' WHERE ', 1) FROM pg_indexes
WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, contype::text FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL SELECT 'function', '', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


def postgres_schema(own: OwnPostgres, database: str) -> set[tuple]:
    """What there is, but the months of trades, which depend on the rows, and conditions, whose words change."""
    with psycopg.connect(own.url_as("owner", database)) as connection:
        return {row for row in connection.execute(SCHEMA) if not re.match(r"snapshots_tradesnapshot_\d", row[1])}


def test_an_upgraded_postgres_has_all_rows_and_the_schema_of_a_new_one(own):
    own.ask("CREATE DATABASE new")
    run(own.url_as("owner", "new"), "manage.py", "migrate", "-v", "0")
    for number, version in enumerate(VERSIONS):
        own.ask(f"CREATE DATABASE old{number}")
        url = own.url_as("owner", f"old{number}")
        load = [BIN / "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", url]
        subprocess.run(load, input=kept(version, "postgres"), text=True, check=True, capture_output=True)
        run(url, "manage.py", "migrate", "-v", "0")
        run(url, "-c", CHECK)
        assert postgres_schema(own, f"old{number}") == postgres_schema(own, "new")


def test_every_version_that_was_released_is_tried():
    assert __version__ in VERSIONS, "python -m tests.released.keep VERSION"
    assert all((KEPT / f"{version}.postgres.sql.gz").exists() for version in VERSIONS)
