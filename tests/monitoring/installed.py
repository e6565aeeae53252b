"""Installed: a database of its own on SQLite or Postgres, and commands of ``manage.py`` on it."""

import os
import sqlite3
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connections
from django.db.utils import load_backend

from dashboard.config_load import load
from dashboard.settings_storage import database

ROOT = Path(__file__).resolve().parents[2]


class Installed:
    """``postgres`` is a server's URL, or nothing for SQLite. The database is empty until ``manage("migrate")``."""

    def __init__(self, folder: Path, postgres: str = "", **environment: str) -> None:
        self.folder, self.postgres, self.name = folder, postgres, f"backup_{uuid.uuid4().hex[:12]}"
        folder.mkdir(parents=True, exist_ok=True)
        url = urlunsplit(urlsplit(postgres)._replace(path=f"/{self.name}")) if postgres else ""
        self.environment = {
            "PATH": os.environ["PATH"],
            "HYPERLIQUID_NETWORK": "simulated",
            "VAR_DIR": str(folder),
            "DATABASE_URL": url,
            "REDIS_URL": "",
            **environment,
        }
        self.url = url

    def __enter__(self) -> "Installed":
        self._server(f"CREATE DATABASE {self.name}")
        return self

    def __exit__(self, *_: object) -> None:
        self._server(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")

    def _server(self, statement: str) -> None:
        if self.postgres:
            with psycopg.connect(self.postgres, autocommit=True) as server:
                server.execute(statement)

    def manage(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )

    def done(self, *command: str, **environment: str) -> str:
        """Run a command that succeeds; what it said."""
        ran = self.manage(*command, **environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def refused(self, *command: str, **environment: str) -> str:
        """Run a command that fails with a sentence, not a traceback; the sentence."""
        ran = self.manage(*command, **environment)
        assert ran.returncode == 1, ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
        return ran.stderr + ran.stdout

    @contextmanager
    def here(self) -> Iterator[None]:
        """This process works on its database, with its environment, until the end: much quicker than a command."""
        environment = {name: text for name, text in self.environment.items() if name != "PATH"}
        theirs, config = connections["default"], settings.CONFIG
        settings.CONFIG = load(environment, env_file=None)
        said = database(settings.CONFIG)
        said["OPTIONS"].pop("pool", None)  # there is one for each alias, and it leads elsewhere
        said = connections.configure_settings({"default": said})["default"]
        connections["default"] = load_backend(said["ENGINE"]).DatabaseWrapper(said, "default")
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"], settings.CONFIG = theirs, config

    @contextmanager
    def connected(self) -> Iterator[object]:
        """A connection that commits by itself."""
        if self.url:
            with psycopg.connect(self.url, autocommit=True) as connection:
                yield connection
        else:
            file = self.folder / "simulated.sqlite3"
            with closing(sqlite3.connect(file, 30, isolation_level=None)) as connection:
                yield connection

    def execute(self, statement: str) -> list[tuple]:
        """Run one statement; its rows."""
        with self.connected() as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def tables(self) -> list[str]:
        """All tables that hold rows of their own."""
        if self.url:
            asked = (
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND NOT relispartition "
                "AND relnamespace = current_schema()::regnamespace"
            )
        else:
            asked = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        return sorted(name for (name,) in self.execute(asked))

    def rows(self) -> dict[str, list[tuple]]:
        """All rows of all tables; public trades of all months count as one table."""
        names = self.tables()
        if self.url:
            names.append("snapshots_tradesnapshot")
        return {name: sorted(self.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}


@contextmanager
def writing(place: Installed) -> Iterator[list[int]]:
    """Meanwhile pairs of rows go into two tables, each pair in a transaction; as many as the list is long."""
    stop, written = threading.Event(), []

    def write() -> None:
        with place.connected() as connection:
            number = 0
            while not stop.is_set():
                connection.execute("BEGIN")
                connection.execute(
                    f"INSERT INTO snapshots_account (address, added_at) VALUES ('0x{number:040x}', {number})"
                )
                connection.execute(
                    "INSERT INTO monitoring_lease (name, holder, expires_at, number) "
                    f"VALUES ('n{number}', '', 0, {number})"
                )
                connection.execute("COMMIT")
                written.append(number)
                number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        stop.set()
        thread.join()
