"""The SQLite file out and back, by SQLite's own online backup: others may read and write meanwhile."""

import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.db import connection

from monitoring.backup.archive import MANIFEST, PIECE, Archive, parts
from monitoring.backup.errors import BackupError
from monitoring.backup.migrated import applied, tables

PART = "database.sqlite3"
PATIENCE_S = 60.0


def dump(archive: Archive, beside: Path) -> dict[str, Any]:
    """A copy of the file as of one moment into the archive; ``beside`` is the path that the copy has meanwhile."""
    names = tables()
    try:
        _copy(Path(connection.settings_dict["NAME"]), beside)
        with closing(sqlite3.connect(beside)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")  # all in the one file
            said = {"migrations": _migrations(copy), "rows": _counts(copy, names)}
        with archive.part(PART) as part, beside.open("rb") as source:
            while block := source.read(PIECE):
                part.write(block)
    finally:
        beside.unlink(missing_ok=True)
    return said


@contextmanager
def unpacked(tar: tarfile.TarFile, manifest: dict[str, Any], beside: Path) -> Iterator[Path]:
    """The file of a backup under the path ``beside``, looked through; raises BackupError if it is not sound."""
    try:
        digest = sha256()
        with beside.open("xb") as out:
            for name, pieces in parts(tar):
                for piece in pieces if name != MANIFEST else ():
                    digest.update(piece)
                    out.write(piece)
        if digest.hexdigest() != manifest["parts"][PART]["sha256"]:
            raise BackupError("the file changed while it was read")
        with closing(sqlite3.connect(beside)) as copy:
            if (said := copy.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise BackupError(f"the database in the backup is damaged: {said}")
            if _counts(copy, manifest["rows"]) != manifest["rows"]:
                raise BackupError("the tables have other rows than the manifest says")
        yield beside
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            beside.with_name(beside.name + ending).unlink(missing_ok=True)


def put(copy: Path) -> None:
    """Make the database what the file is; all or nothing, also for whoever has it open."""
    connection.close()
    _copy(copy, Path(connection.settings_dict["NAME"]))
    if not applied():
        raise BackupError("the database could not be read afterwards")


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(f"file:{source}?mode=ro", PATIENCE_S, uri=True)) as old:
        with closing(sqlite3.connect(target, PATIENCE_S)) as new:
            old.backup(new)


def _counts(copy: sqlite3.Connection, names: Any) -> dict[str, int]:
    return {name: copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def _migrations(copy: sqlite3.Connection) -> list[str]:
    return sorted(f"{app}.{name}" for app, name in copy.execute("SELECT app, name FROM django_migrations"))
