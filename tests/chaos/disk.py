"""A small disk that a test can fill: a file system in memory, which takes root to mount."""

import errno
import os
import subprocess
from pathlib import Path

PIECE = 1 << 20


def can_mount() -> bool:
    """Whether this machine lets us have one; most containers without root do not."""
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode == 0


class Disk:
    """``megabytes`` at ``folder`` from entering to leaving. Without the right to mount, just the folder."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder, self.megabytes = folder, megabytes
        self.is_small = False
        self._ballast = folder / "ballast"

    def __enter__(self) -> "Disk":
        self.folder.mkdir(parents=True, exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={self.megabytes}m,mode=755", "tmpfs", str(self.folder)]
        self.is_small = can_mount() and subprocess.run(mount, capture_output=True).returncode == 0
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_small:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)

    def fill(self, leave: int = 0) -> None:
        """Until nothing more fits, or so many bytes."""
        assert self.is_small, "this would be the machine's own disk"
        if leave:
            space = os.statvfs(self.folder)
            with self._ballast.open("wb") as ballast:
                os.posix_fallocate(ballast.fileno(), 0, max(1, space.f_bavail * space.f_frsize - leave))
            return
        with self._ballast.open("wb", buffering=0) as ballast:
            for piece in (PIECE, 4096):
                self._write(ballast, piece)

    @staticmethod
    def _write(ballast, piece: int) -> None:
        try:
            while ballast.write(bytes(piece)) == piece:
                pass
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise

    def empty(self) -> None:
        """Give back what ``fill`` took."""
        self._ballast.unlink(missing_ok=True)
