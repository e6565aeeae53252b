"""``python -m tests.released.keep VERSION``: keeps the schema of a version with rows in it, for tests of upgrades.

Run once, at the release, with the code of that version; the files never change afterwards.
"""

import gzip
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.dashboard.own_postgres import BIN, OwnPostgres

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).parent
KEY = "the key under which these rows were written"
ROWS = "import django; django.setup(); from tests.released.rows import make_rows; make_rows()"


def environment(url: str) -> dict[str, str]:
    """Of a process on this database alone."""
    own = {"DATABASE_URL": url, "REDIS_URL": "", "SECRET_KEY": KEY, "HYPERLIQUID_NETWORK": "simulated"}
    return {**os.environ, **own, "DJANGO_SETTINGS_MODULE": "dashboard.settings"}


def fill(url: str) -> None:
    """All migrations, and rows."""
    for command in (["manage.py", "migrate", "-v", "0"], ["-c", ROWS]):
        subprocess.run([sys.executable, *command], cwd=ROOT, env=environment(url), check=True)


def keep(version: str) -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "kept.sqlite3"
        fill(f"sqlite:///{file}")
        with sqlite3.connect(file) as database:
            write(f"{version}.sqlite.sql.gz", "\n".join(database.iterdump()))
    with OwnPostgres() as server:
        server.ask("CREATE DATABASE kept")
        fill(server.url_as("owner", "kept"))
        options = ["--no-owner", "--no-privileges", "--inserts", server.url_as("owner", "kept")]
        dumped = subprocess.run([BIN / "pg_dump", *options], check=True, capture_output=True, text=True)
        write(f"{version}.postgres.sql.gz", dumped.stdout)


def write(name: str, text: str) -> None:
    """The same text is the same file."""
    (KEPT / name).write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    keep(sys.argv[1])
