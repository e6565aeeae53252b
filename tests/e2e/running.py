"""A whole installation for the browser tests: ``manage.py up`` against a simulated exchange of its own.

The exchange is a process beside it, so that a test can stop and start it while the pages are open.
"""

import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.e2e.people import Mailbox
from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


def collect_static() -> None:
    """Static files as an installation has them, unless they are there; one process at a time."""
    with (Path(tempfile.gettempdir()) / "collecting-static.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(["make", "--silent", "staticfiles/staticfiles.json"], cwd=ROOT, check=True)


class Process:
    """A command with its output in a file, ended with its children."""

    def __init__(self, command: list[str], log: Path, environment: dict[str, str]) -> None:
        self.command, self.log, self.environment = command, log, environment
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its words go to the log."""
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )

    def kill(self) -> None:
        """End it without a word, as a crash does."""
        if self._child:
            self._child.kill()
            self._child.wait()
            self._child = None

    def stop(self) -> None:
        """Ask it to end, and make it end."""
        if self._child is None:
            return
        self._child.send_signal(signal.SIGTERM)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None


class Installation:
    """``url`` is the site, under ``name``; ``exchange`` can be stopped and started.

    ``headers`` are those of a proxy, if it is told to stand behind one.
    """

    def __init__(self, folder: Path, profile: str = "small", name: str = "127.0.0.1") -> None:
        self.exchange_port, self.port = free_port(), free_port()
        self.url = f"http://{name}:{self.port}"
        self.environment = environment = {
            **os.environ,
            "HYPERLIQUID_NETWORK": "simulated",
            "HYPERLIQUID_API_URL": f"http://127.0.0.1:{self.exchange_port}",
            "VAR_DIR": str(folder),
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "SITE_URL": self.url,
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "DEBUG": "false",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "RATE_LIMIT_ENABLED": "false",
            "EMAIL_URL": f"filemail://{folder}/mail",
        }
        simulate = [sys.executable, "-m", "exchange.simulator", "--port", str(self.exchange_port)]
        simulate += ["--profile", profile, "--seed", "7"]
        self.exchange = Process(simulate, folder / "exchange.log", environment)
        self.site = Process([sys.executable, "manage.py", "up"], folder / "site.log", environment)
        self.folder = folder
        self.headers: dict[str, str] = {}
        self.mailbox = Mailbox(folder / "mail")

    def __enter__(self) -> "Installation":
        collect_static()
        self.exchange.start()
        self.site.start()
        try:
            self.wait_for_markets()
        except BaseException:
            self.__exit__()
            raise
        return self

    def manage(self, *command: str) -> None:
        """Run a command of ``manage.py`` on the running installation."""
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=self.environment, check=True)

    def __exit__(self, *_: object) -> None:
        self.site.stop()
        self.exchange.stop()

    def wait_for_markets(self) -> None:
        """Until the table has rows with prices."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                asked = urllib.request.Request(f"{self.url}/markets/", headers=self.headers)
                with urllib.request.urlopen(asked, timeout=5) as page:
                    if b'data-coin="BTC"' in page.read():
                        return
            except OSError:
                pass
            time.sleep(0.2)
        logs = "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("*.log")))
        raise TimeoutError(f"no markets within {PATIENCE_S:g} s:\n{logs}")
