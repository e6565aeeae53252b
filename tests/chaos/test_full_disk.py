"""One process on one machine whose disk is full: it says so, markets are live, and later nothing is missing."""

import json
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.alerts.receivers import Receiver, http
from tests.chaos.disk import Disk
from tests.chaos.ledger import honoured
from tests.chaos.scribe import TRUE, Scribe
from tests.chaos.watcher import ILL
from tests.e2e.running import ROOT, Installation

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.timeout(400)]
MEGABYTES = 64
FLIPS_S, HEALS_S, SETTLES_S = 15.0, 30.0, 120.0


class Site:
    """``up`` on a small disk, and what it writes."""

    def __init__(self, disk: Disk, installation: Installation, scribe: Scribe) -> None:
        self.disk, self.installation, self.scribe = disk, installation, scribe
        self.cookie = scribe.sign_in()["admin"]

    def get(self, path: str) -> bytes:
        """A page, as a member of the staff."""
        asked = urllib.request.Request(
            self.installation.url + path, headers={"Cookie": f"sessionid={self.cookie}"}
        )
        with urllib.request.urlopen(asked, timeout=5) as answer:
            return answer.read()

    def ill(self) -> set[str]:
        """The lines of health with which something is wrong."""
        services = json.loads(self.get("/api/health"))["services"]
        return {name for name, line in services.items() if line["state"] in ILL}

    def ask(self, query: str, *values: object) -> list[tuple]:
        """Rows of its database."""
        file = self.disk.folder / "simulated.sqlite3"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as database:
            return database.execute(query, values).fetchall()

    def count(self, table: str, where: str = "1") -> int:
        return self.ask(f"SELECT count(*) FROM {table} WHERE {where}")[0][0]


def within(seconds: float, happened: Callable[[], object], words: Callable[[], object]) -> None:
    ends = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends, words()
        time.sleep(0.2)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with http() as receiver:
        yield receiver


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Disk(tmp_path / "small", MEGABYTES) as disk:
        if not disk.is_small:
            pytest.skip("takes the right to mount a small disk")
        installation = Installation(disk.folder)
        installation.environment |= {"DISK_LOW_MB": "8", "DISK_FULL_MB": "4", "ALERTS_ALLOW_PRIVATE": "true"}
        with installation:
            command = [sys.executable, "-m", "tests.chaos.scribe"]
            environment = installation.environment | {"DJANGO_SETTINGS_MODULE": "dashboard.settings"}
            with subprocess.Popen(
                command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            ) as child:
                yield Site(disk, installation, Scribe(child))
                child.kill()


def test_a_full_disk_is_said_and_outlived(site: Site, receiver: Receiver) -> None:
    within(SETTLES_S, lambda: not site.ill() and site.count("snapshots_tradesnapshot"), site.ill)
    numbers = site.scribe.watch(receiver.url, *[TRUE | {"hold": hold} for hold in range(0, 10_000, 1000)])
    site.disk.fill()
    within(FLIPS_S, lambda: "disk" in site.ill(), site.ill)
    before = json.loads(site.get("/api/health"))["services"]["database"]
    for _ in range(10):
        began = time.monotonic()
        assert b"BTC" in site.get("/markets/")
        assert b"BTC" in site.get("/markets/BTC/")
        assert time.monotonic() - began < 3
        time.sleep(0.5)
    assert before["connected"], "it can still be read"
    site.disk.empty()
    recorded = site.count("snapshots_tradesnapshot")
    within(HEALS_S, lambda: not site.ill(), site.ill)
    within(HEALS_S, lambda: site.count("snapshots_tradesnapshot") > recorded, lambda: "nothing is recorded")
    sent = f"state = 'sent' AND alert_id IN ({','.join(map(str, numbers))})"
    within(
        SETTLES_S,
        lambda: site.count("alerts_delivery", sent) == len(numbers),
        lambda: site.ask("SELECT * FROM alerts_delivery"),
    )
    assert site.count("alerts_firing") == len(numbers)
    assert set(honoured(receiver.got).values()) == {1}
    assert len(honoured(receiver.got)) == len(numbers)
    assert site.ask("PRAGMA integrity_check") == [("ok",)]
