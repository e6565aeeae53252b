"""The health check of containers: a process that asks one page and says by its exit code what it heard."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Site(BaseHTTPRequestHandler):
    """Ready, if it is asked under its name; ``starting`` times it is not yet."""

    starting = 0

    def do_GET(self) -> None:
        known = self.headers["Host"] == "example.org" and not Site.starting
        Site.starting = max(0, Site.starting - 1)
        self.send_response(200 if known and self.path == "/api/health/ready" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def asked(port: int, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "HOST": "0.0.0.0", "PORT": str(port), **environment}
    command = [sys.executable, "-m", "monitoring.ask_health", *arguments]
    return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=60)


def test_it_asks_this_machine_under_a_name_that_the_site_has(port):
    assert asked(port, ALLOWED_HOSTS=".example.org,other.org").returncode == 0
    assert asked(port, "ready", ALLOWED_HOSTS="example.org", http_proxy="http://127.0.0.1:1").returncode == 0


def test_it_says_what_is_wrong(port):
    refused = asked(port, "live", ALLOWED_HOSTS="example.org")
    assert (refused.returncode, "503" in refused.stderr) == (1, True)
    nobody = asked(1, ALLOWED_HOSTS="example.org")
    assert (nobody.returncode, "refused" in nobody.stderr) == (1, True)


def test_it_asks_again_until_it_is_well_and_for_so_long_at_most(port):
    Site.starting = 3
    assert asked(port, "ready", "30", ALLOWED_HOSTS="example.org").returncode == 0
    assert Site.starting == 0
    assert asked(1, "ready", "0.3").returncode == 1


def test_it_loads_nothing_of_the_site():
    listed = "import sys, monitoring.ask_health; print('django' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", listed], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
