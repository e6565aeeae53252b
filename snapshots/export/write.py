"""Writes the files of an export, row by row: into a folder, or as the pieces of a ZIP that is sent meanwhile."""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from snapshots.export import manifest
from snapshots.export.lines import FORMATS, link
from snapshots.export.selection import Selection
from snapshots.export.tables import Table, values

PIECE = 64 * 1024


class Export:
    """``files`` gives each file's name and its bytes in pieces; take all of one before the next.

    Coverage is read before the rows: what it claims was stored with it, so it is among what is read after.
    """

    def __init__(self, selection: Selection, tables: Iterable[Table], suffix: str) -> None:
        self.selection, self.tables, self.suffix = selection, list(tables), suffix
        self.said = manifest.about(selection)
        self.done: list[dict[str, Any]] = []

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """The tables' files, and at last the manifest."""
        for table in self.tables:
            head = manifest.head(self.selection, table, self.suffix)
            yield head["file"], pieces(self._lines(table, head))
        yield manifest.NAME, iter([manifest.as_bytes(self.said, self.done)])

    def _lines(self, table: Table, head: dict[str, Any]) -> Iterator[bytes]:
        form = FORMATS[self.suffix](table.columns)
        chain, count = manifest.beginning(self.said, head), 0
        yield form.header()
        for owner, lookup in self.selection.owners(table):
            for row in self.selection.rows(table, lookup):
                body = form.body(values(table, owner, row[:-2]))
                chain, count = link(chain, body), count + 1
                yield form.sealed(body, chain)
        self.done.append({**head, "rows": count, "chain": chain})


def pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Lines together, ``PIECE`` bytes or a little more at once."""
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= PIECE:
            yield b"".join(waiting)
            waiting, size = [], 0
    if size:
        yield b"".join(waiting)


def to_folder(export: Export, folder: Path) -> None:
    """Files in a new or empty folder; raises FileExistsError. Without the manifest, the last, it is no export."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    for name, content in export.files():
        with (folder / name).open("xb") as file:
            file.writelines(content)


def as_zip(export: Export) -> Iterator[bytes]:
    """The same files as a ZIP, in pieces."""
    out = Sent()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # type: ignore[arg-type]
        for name, content in export.files():
            with archive.open(name, "w", force_zip64=True) as member:
                for piece in content:
                    member.write(piece)
                    yield from out.take()
    yield from out.take()


class Sent:
    """What ``zipfile`` writes to: no file, so it writes sizes behind the data."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def take(self) -> Iterator[bytes]:
        """What was written since."""
        if self._written:
            yield b"".join(self._written)
            self._written.clear()
