"""A Postgres of the stage's own, on a disk of its own that can be full."""

import tempfile
from pathlib import Path

from tests.chaos.disk import Disk
from tests.dashboard.own_postgres import OwnPostgres

MEGABYTES = 500
SMALL = "-c max_wal_size=64MB -c max_connections=150"


class Postgres(OwnPostgres):
    """Room for ``MEGABYTES``, if this machine lets us have a small disk."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="chaos-postgres-"))
        self.disk = Disk(folder, MEGABYTES)
        self.disk.__enter__()
        super().__init__(more=SMALL, folder=folder)

    def __exit__(self, *error: object) -> None:
        self.disk.empty()
        super().__exit__(*error)
        self.disk.__exit__()
        self.folder.rmdir()

    def start_again(self) -> None:
        """Start it, unless it runs."""
        if not self.pids():
            self.start()
