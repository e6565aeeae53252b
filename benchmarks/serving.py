"""Pages under load, many sockets, and whether the web process grows.

``python -m benchmarks.serving [--seconds S] [--sockets N] [--minutes M]``: feed, web process, Postgres, Redis and
a simulated mainnet, whose rows change all the time; locust (``benchmarks/locustfile.py``) asks from a process of
its own. Three parts:

- Health, markets and a portfolio (of somebody signed in, with six accounts) beside a bare Django view and one
  below Django's default middleware, all on the same daphne: requests a second of CLIENTS that ask without a pause,
  then p99 at half of that rate.
- ``--sockets`` browsers on the table of all markets in one process: whether all hear everything, how much later
  than the first the last has a frame, memory and processor.
- ``--minutes`` of mixed requests beside a tenth of these sockets, which come and go: memory (RSS) when a third is
  over and at the end. ``--minutes 60`` is the hour that is aimed at; by default it is short.
"""

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

import psutil

from benchmarks.aims import Aim, at_least, below, stop_with_all, table
from benchmarks.installation import Measured
from benchmarks.serving_sockets import allow
from tests.e2e.running import ROOT, Process

CLIENTS, WARM_UP = 8, 10
PATHS = ("/bare", "/default", "/api/health", "/markets/", "/portfolio/")
P99_MS = {"/api/health": 50.0, "/markets/": 100.0, "/portfolio/": 500.0}
SPREAD_MS, SOCKET_KB, GROWN = 250.0, 60.0, 5.0
MIXED_RATE = 20.0
SIGN_IN = """
import django; django.setup()
from django.test import Client
from accounts.models import User
client = Client(); client.force_login(User.objects.get(username="trader"))
print(client.cookies["sessionid"].value)
"""


class Asked(NamedTuple):
    """What locust found of one path: requests a second, ms."""

    rate: float
    p50: float
    p99: float


class Serving(Measured):
    """An installation whose web process has the bare views."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "processes", traced=False)

    def _process(self, command: str) -> Process:
        line = ["-m", "benchmarks.serving_site"] if command == "web" else ["manage.py"]
        return Process([sys.executable, *line, command], self.folder / f"{command}.log", self.environment)

    @property
    def web(self) -> psutil.Process:
        """The process that serves."""
        assert self.site._child is not None
        return psutil.Process(self.site._child.pid)

    def cookie(self) -> str:
        """The session of the demo's trader."""
        self.manage("demo_users", "--without-alerts")
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": "dashboard.settings"}
        line = [sys.executable, "-c", SIGN_IN]
        return subprocess.run(
            line, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()

    def warm_up(self, path: str, cookie: str) -> None:
        """What is made at the first request is made; raises HTTPError for an answer that is none."""
        for _ in range(WARM_UP):
            request = urllib.request.Request(f"{self.url}{path}", headers={"Cookie": f"sessionid={cookie}"})
            with urllib.request.urlopen(request, timeout=30) as answer:
                answer.read()

    def locust(
        self, seconds: float, cookie: str, users: int = CLIENTS, rate: float = 0.0, path: str = ""
    ) -> Asked:
        """Ask for one path, or for a mixture; RuntimeError if an answer was none."""
        prefix = self.folder / "locust"
        environment = {**os.environ, "LOAD_COOKIE": cookie, "LOAD_RATE": str(rate / users)}
        environment["LOAD_PATHS"] = json.dumps({path: 1} if path else {})
        options = ["--host", self.url, "--headless", "-u", str(users), "-r", str(users), "-t", f"{seconds:.0f}s"]
        options += ["--csv", str(prefix), "--only-summary", "--loglevel", "ERROR"]
        command = [sys.executable, "-m", "locust", "-f", "benchmarks/locustfile.py", *options]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{path or 'mixed'}: {done.stdout[-2000:]}{done.stderr[-1000:]}")
        with Path(f"{prefix}_stats.csv").open() as rows:
            total = next(row for row in csv.DictReader(rows) if row["Name"] == "Aggregated")
        if total["Request Count"] == "0":
            raise RuntimeError(f"{path or 'mixed'}: nothing was answered; choose more --seconds")
        return Asked(float(total["Requests/s"]), float(total["50%"]), float(total["99%"]))


def pages(site: Serving, seconds: float, cookie: str) -> list[Aim]:
    """Each path without a pause, then at half the rate."""
    found: dict[str, tuple[Asked, Asked]] = {}
    print("\n| path | requests/s | p99 at that ms | p50 / p99 at half the rate ms |\n|---|---|---|---|")
    for path in PATHS:
        site.warm_up(path, cookie)
        full = site.locust(seconds, cookie, path=path)
        half = site.locust(seconds, cookie, rate=full.rate / 2, path=path)
        found[path] = full, half
        print(f"| {path} | {full.rate:,.0f} | {full.p99:.0f} | {half.p50:.0f} / {half.p99:.0f} |", flush=True)
    beside = found["/api/health"][0].rate / found["/default"][0].rate
    aims = [at_least("health beside a bare view below Django's default middleware", beside, 1.0)]
    return aims + [
        below(f"p99 of {path} at half the rate", found[path][1].p99, most) for path, most in P99_MS.items()
    ]


def crowd(site: Serving, count: int, seconds: float) -> subprocess.Popen[bytes]:
    """So many browsers, for so long, in a process of their own; its results are in ``sockets.json``."""
    line = [sys.executable, "-m", "benchmarks.serving_sockets", str(site.port), str(site.folder / "sockets.json")]
    return subprocess.Popen([*line, str(count), str(seconds)], cwd=ROOT)


def sockets(site: Serving, count: int, seconds: float) -> list[Aim]:
    """Many browsers at once."""
    memory, cpu = site.web.memory_info().rss, sum(site.web.cpu_times()[:2])
    browsers, peak, began = crowd(site, count, seconds), memory, time.monotonic()
    while browsers.poll() is None:
        peak = max(peak, site.web.memory_info().rss)
        time.sleep(0.5)
    if browsers.returncode:
        raise RuntimeError("the browsers failed")
    share = (sum(site.web.cpu_times()[:2]) - cpu) / (time.monotonic() - began) * 100
    told = json.loads((site.folder / "sockets.json").read_text())
    each = (peak - memory) / 1024 / count
    print(
        f"\n{told['open']:.0f} sockets, opened in {told['opening_s']:.1f} s, heard {told['heard']:,.0f} frames, "
        f"the last {told['p50']:.0f} ms (p50) and {told['p99']:.0f} ms (p99) after the first; {each:.0f} kB each, "
        f"{share:.0f} % CPU.",
        flush=True,
    )
    if told["missing"] or told["open"] < count:
        raise RuntimeError(f"{told['missing']} frames are missing, {told['open']} of {count} are open")
    return [
        below(f"frame to {count} browsers, p99 after the first", told["p99"], SPREAD_MS),
        below("memory of a socket", each, SOCKET_KB, "kB"),
    ]


def growth(site: Serving, count: int, minutes: float, cookie: str) -> list[Aim]:
    """Memory over time, with requests and with sockets that come and go."""
    rows: list[tuple[float, float]] = []
    began, ends = time.monotonic(), time.monotonic() + minutes * 60
    mixed = subprocess.Popen(
        [sys.executable, "-m", "locust", "-f", "benchmarks/locustfile.py", "--host", site.url, "--headless", "-u",
         str(CLIENTS), "-r", str(CLIENTS), "-t", f"{minutes * 60:.0f}s", "--json", "--loglevel", "ERROR"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "LOAD_COOKIE": cookie, "LOAD_RATE": str(MIXED_RATE / CLIENTS)},
    )  # fmt: skip
    browsers = crowd(site, count, 5)
    while time.monotonic() < ends:
        time.sleep(1.0)
        rows.append((time.monotonic() - began, site.web.memory_info().rss / 1024**2))
        if browsers.poll() is not None and time.monotonic() < ends - 10:
            browsers = crowd(site, count, 5)
    browsers.wait()
    asked = json.loads(mixed.communicate()[0])
    third = statistics.median(memory for at, memory in rows if minutes * 20 <= at < minutes * 20 + 15)
    end = statistics.median(memory for at, memory in rows[-15:])
    print(f"\n{minutes:g} minutes: {rows[0][1]:.1f} MB at first, {third:.1f} after a third, {end:.1f} at the end.")
    failed = {one["name"]: one["num_failures"] for one in asked if one["num_failures"]}
    total = sum(one["num_requests"] for one in asked)
    print(f"Of {total} requests {sum(failed.values())} were not answered with 200. {failed or ''}", flush=True)
    return [below(f"growth of the web process in {minutes:g} minutes", (end / third - 1) * 100, GROWN, "%")]


def compare(seconds: float = 8.0, count: int = 2000, minutes: float = 3.0) -> list[Aim]:
    """All parts on one installation."""
    allow(count)
    with tempfile.TemporaryDirectory() as folder, Serving(Path(folder)) as site:
        cookie = site.cookie()
        aims = pages(site, seconds, cookie) if seconds else []
        aims += sockets(site, count, seconds or 8.0) if count else []
        return aims + (growth(site, max(1, count // 10), minutes, cookie) if minutes else [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=8.0, help="of each phase; 0: no pages")
    parser.add_argument("--sockets", type=int, default=2000, help="0: none")
    parser.add_argument("--minutes", type=float, default=3.0, help="that memory is watched; 0: not")
    options = parser.parse_args()
    stop_with_all()
    table(compare(options.seconds, options.sockets, options.minutes))


if __name__ == "__main__":
    main()
