"""Reads an export's lines again and says which is the first that is not as it was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from snapshots.export import manifest
from snapshots.export.bundle import Bundle
from snapshots.export.lines import FORMATS, Lines, link

MOST = 1 << 20
"""Bytes of a line; longer ones are not ours."""


@dataclass
class WrongRow(Exception):
    """``row`` counts from 1 in ``file``; 0 is the line of names."""

    file: str
    row: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}: row {self.row}: {self.why}"


def rows(bundle: Bundle, table: dict[str, Any]) -> Iterator[list[Any]]:
    """The values of each row, in order, as long as the chain holds; raises WrongRow."""
    name = table["file"]
    form = FORMATS[name.rpartition(".")[2]](manifest.columns(table))
    chain, number = manifest.beginning(bundle.manifest, table), 0
    with bundle.open(name) as file:
        if form.header() and file.readline(MOST) != form.header():
            raise WrongRow(name, 0, "the names of the columns are not those of the manifest")
        for number, line in enumerate(_lines(file), 1):
            if number > table["rows"]:
                raise WrongRow(name, number, f"it was added: the manifest says {table['rows']} rows")
            body, said = form.opened(line)
            chain = link(chain, body)
            if said != chain or form.sealed(body, said) != line:
                raise WrongRow(name, number, _broken(number))
            yield _values(form, body, name, number)
    if number < table["rows"]:
        raise WrongRow(name, number + 1, f"it is missing: the manifest says {table['rows']} rows")
    if chain != table["chain"]:
        raise WrongRow(name, number, "the chain ends otherwise than the manifest says")


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(MOST):
        yield line


def _broken(number: int) -> str:
    if number == 1:
        return "its chain does not continue what the manifest says, or it was changed"
    return "it was changed, or one before it was taken away or put in"


def _values(form: Lines, body: bytes, name: str, number: int) -> list[Any]:
    try:
        return form.values(body)
    except (ValueError, TypeError) as error:
        raise WrongRow(name, number, f"it cannot be read: {error}") from error


def verify(bundle: Bundle) -> dict[str, int]:
    """Rows of each file that is meant; raises WrongRow, BadManifest."""
    return {table["file"]: sum(1 for _ in rows(bundle, table)) for table in bundle.tables}
