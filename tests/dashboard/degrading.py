"""An installation whose database, replica and Redis can be taken away, and people who look at it."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

from tests.cast import PASSWORD
from tests.dashboard.cluster import Cluster
from tests.dashboard.own_postgres import OwnPostgres
from tests.dashboard.test_hangups import PEOPLE, ROOT


class Fragile(Cluster):
    """A feed and a web process on ``primary``, ``replica`` and ``redis``."""

    FEEDS = 1

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.primary = stack.enter_context(OwnPostgres())
        self.replica = stack.enter_context(OwnPostgres(self.primary, more="-c log_statement=all"))
        environment = {
            "DEBUG": "false",
            "SECRET_KEY": "fragile-" * 10,
            "DATABASE_MAX_CONNECTIONS": "6",
            "DATABASE_CONNECTION_TIMEOUT": "4000",
            "DATABASE_REPLICA_MAX_LAG": "1000",
        }
        super().__init__(folder, self.primary.url, **environment)
        self.environment["DATABASE_REPLICA_URL"] = self.replica.url_as("owner", self.database)
        stack.enter_context(self)
        command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", PEOPLE % PASSWORD]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)
        self.until(lambda: self.answers("/api/health/live"), "web process")

    def answers(self, path: str) -> bool:
        try:
            return requests.get(self.url + path, timeout=10).ok
        except requests.RequestException:
            return False

    def read_from_replica(self, work: Callable[[], Any]) -> int:
        """How many statements about history and alerts the replica was asked meanwhile."""
        log = self.replica.folder / "log"
        before = log.stat().st_size
        work()
        time.sleep(0.3)
        said = log.read_bytes()[before:].decode()
        return sum(1 for line in said.splitlines() if re.search(r'FROM "(snapshots|alerts)_', line))


class Visitor:
    """A browser at ``site.url``; ``seconds`` is how long its last page took."""

    def __init__(self, site: Any, name: str = "") -> None:
        self.site, self.http, self.seconds = site, requests.Session(), 0.0
        if name:
            answer = self.post("/account/login/", "/account/login/", login=name, password=PASSWORD)
            assert "sessionid" in self.http.cookies, answer.text[:2000]

    def get(self, path: str, **options: Any) -> requests.Response:
        began = time.monotonic()
        answer = self.http.get(self.site.url + path, timeout=30, **options)
        self.seconds = time.monotonic() - began
        return answer

    def post(self, page: str, path: str, **form: str) -> requests.Response:
        """Fill in the form of a page."""
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page).text)[1]
        began = time.monotonic()
        answer = self.http.post(
            self.site.url + path,
            data={"csrfmiddlewaretoken": token, **form},
            headers={"Referer": self.site.url},
            timeout=30,
        )
        self.seconds = time.monotonic() - began
        return answer

    def until(self, path: str, status: int, patience_s: float = 30.0) -> requests.Response:
        """The page, once it is answered like that."""
        deadline = time.monotonic() + patience_s
        while (answer := self.get(path)).status_code != status:
            assert time.monotonic() < deadline, (path, answer.status_code, self.site.words())
            time.sleep(0.2)
        return answer
