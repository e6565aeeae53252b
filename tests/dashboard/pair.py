"""Two web processes of one site, a feed, a deliverer and a simulated exchange, for what happens at restarts."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import psycopg

from tests.dashboard.cluster import PATIENCE_S, Cluster
from tests.e2e.running import ROOT, free_port

SESSION = """
from accounts.models import User
from django.conf import settings
from django.test import Client
user, _ = User.objects.get_or_create(username="watcher", defaults={"tier": "api"})
client = Client()
client.force_login(user)
print(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value, sep="=")
"""
DRAIN_S = 1.0


class Pair(Cluster):
    """``ports`` are those of the web processes ``webs``; ``feeds`` has one, ``deliverer`` beside it."""

    def __init__(self, folder: Path, postgres_url: str) -> None:
        super().__init__(folder, postgres_url)
        self.ports = [self.port, free_port()]
        self.webs: list[subprocess.Popen[bytes]] = []
        self.environment |= {
            "RATE_LIMIT_ENABLED": "false",
            "SHUTDOWN_DRAIN_SECONDS": str(DRAIN_S),
            "DATABASE_CONNECTION_TIMEOUT": "1500",
        }

    def __enter__(self) -> "Pair":
        super().__enter__()
        self.end(self.feeds.pop())
        self.deliverer = self.start("deliver", "manage.py", "deliver")
        return self

    def start_web(self) -> None:
        self.webs = [self.start_web_at(port) for port in self.ports]

    def start_web_at(self, port: int) -> subprocess.Popen[bytes]:
        """A web process; its words are in a file of its own."""
        ours = self.environment
        self.environment = ours | {"PORT": str(port)}
        try:
            return self.start(f"web{self.ports.index(port)}", "manage.py", "web")
        finally:
            self.environment = ours

    async def told_to_stop(self, child: subprocess.Popen[bytes]) -> int:
        """Send SIGTERM; the exit code."""
        child.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(child.wait, PATIENCE_S)

    def cookie(self) -> str:
        """That of a new session of the user ``watcher``."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{SESSION}"],
            cwd=ROOT, env=self.environment | {"DJANGO_SETTINGS_MODULE": "dashboard.settings"},
            text=True, stdout=subprocess.PIPE, check=True, timeout=PATIENCE_S,
        )  # fmt: skip
        return done.stdout.strip()

    def write(self, statement: str, *values: object) -> None:
        """Change the database behind everybody's back."""
        with psycopg.connect(self.database_url) as database:
            database.execute(statement, values)

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()
