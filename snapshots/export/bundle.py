"""An export as it lies somewhere: a folder or a ZIP, its manifest and its files."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from snapshots.export import manifest


class Bundle:
    """``names`` are the files that are meant: all of the manifest, unless one of them was pointed at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip = zipfile.is_zipfile(path) if path.is_file() else False
        self.folder = path if path.is_dir() or self._zip else path.parent
        with self.open(manifest.NAME) as file:
            self.manifest: dict[str, Any] = manifest.read(file.read())
        is_one = not path.is_dir() and not self._zip and path.name != manifest.NAME
        self.tables = [one for one in self.manifest["tables"] if not is_one or one["file"] == path.name]
        if is_one and not self.tables:
            raise manifest.BadManifest(f"{path.name} is not in the manifest beside it")

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """One of its files; raises BadManifest if it is not there."""
        try:
            if self._zip:
                with zipfile.ZipFile(self.path) as archive, archive.open(name) as file:
                    yield file
            else:
                with (self.folder / name).open("rb") as file:
                    yield file
        except (FileNotFoundError, NotADirectoryError, KeyError) as error:
            raise manifest.BadManifest(f"{self.folder}: {name} is missing") from error
        except zipfile.BadZipFile as error:
            raise manifest.BadManifest(f"{self.path}: {name} is damaged") from error
