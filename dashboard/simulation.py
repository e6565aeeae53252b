"""A simulated exchange as a child process, which ends when this process does, however it ends."""

import queue
import subprocess
import sys
import threading

from dashboard.config import ROOT, Config
from exchange.networks import Addresses

PATIENCE_S = 30.0
STOP_S = 3.0


class CannotSimulate(Exception):
    """The simulated exchange did not come up; its own words are on standard error."""


class Simulation:
    """Start on entering, stop on leaving. ``addresses`` says where it listens."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.addresses = Addresses("", "")
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Simulation":
        command = [sys.executable, "-m", "exchange.simulator", "--port", "0", "--parent-pipe"]
        command += ["--seed", str(self.config.simulator_seed), "--speed", str(self.config.simulator_speed)]
        self._child = subprocess.Popen(  # noqa: S603 - our own module, no words from outside
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
        )
        api = self._first_line(self._child).strip().removeprefix("listening on ")
        if not api.startswith("http"):
            self.__exit__()
            raise CannotSimulate(f"the simulated exchange did not start within {PATIENCE_S:g} s")
        self.addresses = Addresses(api, f"{api.replace('http', 'ws', 1)}/ws")
        return self

    def __exit__(self, *_: object) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        if child.stdin:
            child.stdin.close()
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    @staticmethod
    def _first_line(child: subprocess.Popen[str]) -> str:
        """What it prints first; empty if it says nothing in time or ends."""
        lines: queue.Queue[str] = queue.Queue()
        read = child.stdout.readline if child.stdout else str
        threading.Thread(target=lambda: lines.put(read()), daemon=True).start()
        try:
            return lines.get(timeout=PATIENCE_S)
        except queue.Empty:
            return ""
