"""An installation with a stopwatch: a simulated exchange, and ``up`` alone or a feed and a web process.

``up`` has SQLite and memory; ``processes`` has a real Postgres and a real Redis.
"""

import json
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from tests.e2e.running import ROOT, Installation, Process
from tests.servers import postgres, redis

WAYS = ("up", "processes")


class Measured(Installation):
    """Enter to start; ``trace`` after leaving. ``speed`` is the exchange's, ``url`` the site's.

    Without ``traced`` the processes are those of ``manage.py`` as they are: a trace takes memory.
    """

    def __init__(self, folder: Path, way: str = "up", speed: float = 1.0, traced: bool = True) -> None:
        super().__init__(folder, "mainnet")
        self.way, self.traced, self.stack = way, traced, ExitStack()
        self.environment = self.site.environment
        self.environment |= {"DEBUG": "false", "LOG_LEVEL": "WARNING", "PYTHONWARNINGS": "ignore"}
        self.exchange.command += ["--speed", str(speed), "--no-limits"]
        self.others: list[Process] = []

    def __enter__(self) -> "Measured":
        try:
            if self.way == "processes":
                self.environment["DATABASE_URL"] = self.stack.enter_context(postgres())
                self.environment["REDIS_URL"] = self.stack.enter_context(redis())
                migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
                subprocess.run(migrate, cwd=ROOT, env=self.environment, check=True)
                self.others = [self._process("feed")]
            self.site = self._process("up" if self.way == "up" else "web")
            for process in self.others:
                process.start()
            super().__enter__()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *problem: object) -> None:
        super().__exit__(*problem)
        self._end()

    def _process(self, command: str) -> Process:
        line = ["-m", "benchmarks.site", str(self.folder / f"{command}.trace")] if self.traced else ["manage.py"]
        return Process([sys.executable, *line, command], self.folder / f"{command}.log", self.environment)

    def _end(self) -> None:
        for process in self.others:
            process.stop()
        self.stack.close()

    @property
    def feed(self) -> psutil.Process:
        """The process that reads the exchange."""
        child = (self.others or [self.site])[0]._child
        assert child is not None
        return psutil.Process(child.pid)

    def coins(self, count: int) -> list[str]:
        """Names of so many live perps, the exchange's first ones."""
        meta = self.info({"type": "meta"})
        return [coin["name"] for coin in meta["universe"] if not coin.get("isDelisted")][:count]

    def info(self, question: dict[str, Any]) -> Any:
        """What the exchange answers."""
        url, body = f"http://127.0.0.1:{self.exchange_port}/info", json.dumps(question).encode()
        request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def trace(self, what: str) -> list[list[Any]]:
        """``published`` or ``begun``, from all processes."""
        files = sorted(self.folder.glob("*.trace"))
        return [row for file in files for row in json.loads(file.read_text())[what]]
