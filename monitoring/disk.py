"""Disk: how much room there is where this process keeps files of its own."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Disk:
    """The file system of a folder. Free is what a process that is not root may still write."""

    folder: Path
    free_mb: int
    total_mb: int
    is_read_only: bool


def disk(folder: Path) -> Disk:
    """Measure it; blocks for as long as the file system does."""
    found = os.statvfs(folder)
    read_only = bool(found.f_flag & os.ST_RDONLY)
    size = found.f_frsize
    return Disk(folder, found.f_bavail * size // MB, found.f_blocks * size // MB, read_only)


def disks(folders: Iterable[Path]) -> list[Disk]:
    """Those of the folders that there are, each file system once."""
    found: dict[int, Disk] = {}
    for folder in folders:
        if folder.is_dir():
            found.setdefault(folder.stat().st_dev, disk(folder))
    return list(found.values())
