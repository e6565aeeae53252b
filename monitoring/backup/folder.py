"""The folder of backups: their names, which is the newest, and how many are kept."""

import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

STALE_MS = 24 * 3_600_000
"""A file that has been unfinished for so long belongs to a process that was killed."""
NAME = re.compile(r"dashboard-(\w+)-(\d{8}T\d{9})Z\.tar\.gz(\.sealed)?")
TIME = "%Y%m%dT%H%M%S%f"


def name_of(network: str, at: int, is_sealed: bool) -> str:
    """The name of a backup made at ``at`` (Unix ms); names sort as their times do."""
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return f"dashboard-{network}-{moment:%Y%m%dT%H%M%S}{at % 1000:03d}Z.tar.gz{'.sealed' if is_sealed else ''}"


def made_at(file: Path) -> int:
    """When it was made, Unix ms, as its name says."""
    found = NAME.fullmatch(file.name)
    if not found:
        raise ValueError(f"{file.name} is no name of a backup")
    moment = datetime.strptime(f"{found[2]}000", TIME).replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def backups(folder: Path, network: str) -> list[Path]:
    """Finished backups of one network, oldest first."""
    if not folder.is_dir():
        return []
    found = [(NAME.fullmatch(file.name), file) for file in folder.iterdir()]
    return sorted(file for match, file in found if match and match[1] == network)


def thin_out(folder: Path, network: str, keep: int, now: int) -> list[Path]:
    """Delete all but the ``keep`` newest, and what killed processes left; which backups are gone."""
    old = backups(folder, network)[:-keep]
    for file in old:
        file.unlink(missing_ok=True)
    for file in folder.glob(".dashboard-*.part*"):
        with suppress(OSError):  # another process has just finished or removed it
            if now - file.stat().st_mtime * 1000 > STALE_MS:
                file.unlink()
    return old


def settle(unfinished: Path, finished: Path) -> None:
    """Give a file that is whole its name; after a power failure it is there with all its bytes, or not at all."""
    for path in (unfinished, unfinished.parent):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path == unfinished:
            unfinished.replace(finished)
