"""The file of a backup: a gzipped tar, sealed on wish, whose last member is the manifest.

A part (the rows of a table, or a SQLite file) is of unknown length until it is written, and tar wants to know
beforehand: so it becomes members of ``PIECE`` bytes at most, ``name/000000``, ``name/000001`` and so on. The
manifest says of each part how many bytes and rows it has and its SHA-256.
"""

import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import IO, Any

from monitoring.backup.errors import BackupError
from monitoring.backup.sealed import SealedReader, SealedWriter, is_sealed

PIECE = 8 << 20
FORMAT, VERSION = "hyperliquid-dashboard backup", 1
MANIFEST = "manifest.json"
BROKEN = (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile, KeyError, ValueError, TypeError)


class Part:
    """Bytes on their way into the archive."""

    def __init__(self, tar: tarfile.TarFile, name: str, at: int) -> None:
        self._tar, self.name, self._at = tar, name, at
        self._held, self._pieces, self._hash, self.size = bytearray(), 0, sha256(), 0

    def write(self, data: bytes) -> None:
        """Whole pieces go out at once."""
        self._hash.update(data)
        self.size += len(data)
        self._held += data
        while len(self._held) >= PIECE:
            self._put(bytes(self._held[:PIECE]))
            del self._held[:PIECE]

    def end(self) -> dict[str, Any]:
        """What the manifest says of it."""
        if self._held or not self._pieces:
            self._put(bytes(self._held))
        return {"bytes": self.size, "sha256": self._hash.hexdigest()}

    def _put(self, piece: bytes) -> None:
        add(self._tar, f"{self.name}/{self._pieces:06d}", piece, self._at)
        self._pieces += 1


def add(tar: tarfile.TarFile, name: str, data: bytes, at: int) -> None:
    """One member, readable by its owner; ``at`` is Unix ms."""
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(data), 0o600, at // 1000
    tar.addfile(member, io.BytesIO(data))


class Archive:
    """An archive being written: ``part`` for each part, then ``close`` with the rest of the manifest."""

    def __init__(self, out: IO[bytes], passphrase: str, at: int) -> None:
        self._at = at
        self._sealed = SealedWriter(out, passphrase) if passphrase else None
        self._gzip = gzip.GzipFile("", "wb", 6, self._sealed or out, mtime=at / 1000)
        self._tar = tarfile.open(fileobj=self._gzip, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed by close
        self._parts: dict[str, dict[str, Any]] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[Part]:
        """Something to write bytes to."""
        part = Part(self._tar, name, self._at)
        yield part
        self._parts[name] = part.end()

    def close(self, said: dict[str, Any]) -> None:
        """Write the manifest and all ends."""
        manifest = {"format": FORMAT, "version": VERSION, **said, "parts": self._parts}
        add(self._tar, MANIFEST, json.dumps(manifest, indent=1).encode(), self._at)
        self._tar.close()
        self._gzip.close()
        if self._sealed:
            self._sealed.close()


@contextmanager
def opened(file: Path, passphrase: str) -> Iterator[tarfile.TarFile]:
    """The members of a backup, one after the other; raises BackupError for whatever is wrong with the file."""
    try:
        with file.open("rb") as source:
            sealed = is_sealed(source.peek(64))  # type: ignore[attr-defined]
            if sealed and not passphrase:
                raise BackupError(f"{file.name} is encrypted: set BACKUP_KEY to the key that it was made with")
            plain = SealedReader(source, passphrase) if sealed else source
            with gzip.GzipFile(fileobj=plain) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as tar:
                yield tar
                while unpacked.read(PIECE):  # the checksum stands at the end
                    pass
    except BROKEN as error:
        raise BackupError(f"{file.name} is damaged or cut off: {error}") from error
    except OSError as error:
        raise BackupError(f"{file.name} cannot be read: {error.strerror or error}") from error


def parts(tar: tarfile.TarFile) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each part and its pieces, to be read in this order; the manifest is one of them, and the last."""
    for name, members in groupby(tar, key=lambda member: member.name.rpartition("/")[0] or member.name):
        yield name, (tar.extractfile(member).read() for member in members)  # type: ignore[union-attr]


def verified(file: Path, passphrase: str) -> dict[str, Any]:
    """Read all of a backup and return its manifest; raises BackupError unless every part is as it was written."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] = {}
    with opened(file, passphrase) as tar:
        for name, pieces in parts(tar):
            if name == MANIFEST:
                manifest = json.loads(b"".join(pieces))
                continue
            digest, size = sha256(), 0
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
            found[name] = {"bytes": size, "sha256": digest.hexdigest()}
    if (manifest.get("format"), manifest.get("version")) != (FORMAT, VERSION):
        raise BackupError(f"{file.name} is no backup, or one of another version of this program")
    said = manifest["parts"]
    if wrong := sorted(name for name in found | said if found.get(name) != said.get(name)):
        raise BackupError(f"{file.name} is not as it was written: {', '.join(wrong)}")
    return manifest
