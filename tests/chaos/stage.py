"""A whole installation of processes: every wire can be slowed down, every part can be broken."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from tests.chaos.background import Background
from tests.chaos.balancer import Balancer
from tests.chaos.disk import Disk
from tests.chaos.postgres import SMALL, Postgres
from tests.chaos.proxy import Address, Proxy
from tests.chaos.scribe import Scribe
from tests.dashboard.cluster import Cluster
from tests.dashboard.own_postgres import OwnPostgres
from tests.e2e.running import ROOT, collect_static, free_port

WEBS = 2
VAR_MEGABYTES = 32


class Stage(Cluster):
    """``wires`` by name: database, replica, redis, rest, socket. ``balancer`` is what visitors connect to."""

    def __init__(self, folder: Path) -> None:
        self.background = Background()
        self.var = Disk(folder / "var", VAR_MEGABYTES)
        self._stack = ExitStack()
        super().__init__(folder, "")
        self.exchange_arguments.append("--no-limits")
        self.web_ports = [free_port() for _ in range(WEBS)]
        self.webs: list[subprocess.Popen[bytes]] = []
        self.wires: dict[str, Proxy] = {}
        self.cookies: dict[str, str] = {}

    def __enter__(self) -> Self:
        collect_static()
        with self._stack as stack:
            stack.enter_context(self.background)
            stack.enter_context(self.var)
            self.postgres = stack.enter_context(Postgres())
            self.replica = stack.enter_context(OwnPostgres(self.postgres, SMALL))
            self.redis.start()
            stack.callback(self.redis.terminate)
            self._lay_wires()
            stack.callback(self.end_children)
            self.exchange = self.start_exchange()
            self.make_database()
            self.feeds = [self.start_feed(), self.start_feed()]
            self.deliver = self.start_deliver()
            self.webs = [self.start_web_number(number) for number in range(WEBS)]
            self.scribe = stack.enter_context(self._scribe())
            self.cookies = self.scribe.sign_in()
            self.balancer = Balancer(self.background, self.web_ports, self.port)
            self.balancer.start()
            self.until(lambda: len(self.balancer.ready) == WEBS, "web processes that are ready")
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _lay_wires(self) -> None:
        redis = int(self.environment["REDIS_URL"].rpartition(":")[2].removesuffix("/0"))
        self.postgres_url = self.postgres.url
        self.database_url = self.postgres.url_as("owner", self.database)
        ends: dict[str, Address] = {
            "database": ("127.0.0.1", self.postgres.port),
            "replica": ("127.0.0.1", self.replica.port),
            "redis": ("127.0.0.1", redis),
            "rest": ("127.0.0.1", self.exchange_port),
            "socket": ("127.0.0.1", self.exchange_port),
        }
        for name, end in ends.items():
            self.wires[name] = Proxy(self.background, end)
            self.wires[name].start()
        port = {name: wire.port for name, wire in self.wires.items()}
        self.environment |= {
            "DATABASE_URL": f"postgres://owner@127.0.0.1:{port['database']}/{self.database}",
            "DATABASE_REPLICA_URL": f"postgres://owner@127.0.0.1:{port['replica']}/{self.database}",
            "REDIS_URL": f"redis://127.0.0.1:{port['redis']}/0",
            "HYPERLIQUID_API_URL": f"http://127.0.0.1:{port['rest']}",
            "HYPERLIQUID_WS_URL": f"ws://127.0.0.1:{port['socket']}/ws",
            "VAR_DIR": str(self.var.folder),
            "SITE_URL": self.url,
            "DEBUG": "false",
            "ALLOWED_HOSTS": "127.0.0.1",
            "RATE_LIMIT_ENABLED": "false",
            "ALERTS_ALLOW_PRIVATE": "true",
            "HYPERLIQUID_MAX_WEIGHT": "100000",  # a minute here has the restarts of a bad month
            "HYPERLIQUID_MAX_OPENS": "1000",
            "DISK_LOW_MB": "8",
            "DISK_FULL_MB": "4",
        }

    @contextmanager
    def _scribe(self) -> Iterator[Scribe]:
        """By no proxy: what it writes is what a fault finds, not what it meets."""
        direct = {
            "DATABASE_URL": self.database_url,
            "DATABASE_REPLICA_URL": "",
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        }
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.scribe"], cwd=ROOT, env=self.environment | direct,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            yield Scribe(child)
        finally:
            child.kill()
            child.wait()

    def start_deliver(self) -> subprocess.Popen[bytes]:
        return self.start("deliver", "manage.py", "deliver")

    def start_web_number(self, number: int) -> subprocess.Popen[bytes]:
        """One of those behind the balancer."""
        return self.start(f"web{number}", "manage.py", "web", PORT=str(self.web_ports[number]))

    def standby(self) -> subprocess.Popen[bytes]:
        """The feed that does not lead."""
        leader = self.leader()
        return next(feed for feed in self.feeds if feed is not leader)

    def replace(self, old: subprocess.Popen[bytes]) -> Callable[[], bool]:
        """Start another in the place of a process that is gone; what says whether it has come up."""
        if old in self.feeds:
            self.feeds[self.feeds.index(old)] = self.start_feed()
            return lambda: self.lease()[1] != 0
        if old in self.webs:
            number = self.webs.index(old)
            self.webs[number] = self.start_web_number(number)
            return lambda: len(self.balancer.ready) == WEBS
        if old is self.deliver:
            self.deliver = self.start_deliver()
        else:
            self.exchange = self.start_exchange()
        return lambda: True
