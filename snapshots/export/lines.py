"""Rows as lines of CSV or JSON. Each line ends with its chain: the hash of the line before and of this one."""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

from snapshots.export.cells import KINDS
from snapshots.export.tables import Column

CHAIN = "chain"


def link(before: str, body: bytes) -> str:
    """The chain of a line whose text without its own chain is ``body``: SHA-256, hexadecimal."""
    return sha256(b"%s\n%s" % (before.encode(), body)).hexdigest()


class Lines(ABC):
    """One table's lines in one format. ``body`` is a line without its chain and its end."""

    suffix = ""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns

    @abstractmethod
    def header(self) -> bytes:
        """What stands before the first row."""

    @abstractmethod
    def body(self, values: Iterable[Any]) -> bytes:
        """The row's line without its chain."""

    @abstractmethod
    def sealed(self, body: bytes, chain: str) -> bytes:
        """The whole line."""

    @abstractmethod
    def opened(self, line: bytes) -> tuple[bytes, str]:
        """Body and chain of a line."""

    @abstractmethod
    def values(self, body: bytes) -> list[Any]:
        """What stands in the columns; raises ValueError or TypeError."""


class CsvLines(Lines):
    """A first line of names, then a line a row; UTF-8, commas, line ends of ``\\n``."""

    suffix = "csv"

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__(columns)
        self._write = [_writer(column, KINDS[column.kind].csv) for column in columns]

    def header(self) -> bytes:
        return ",".join([*(column.name for column in self.columns), CHAIN]).encode() + b"\n"

    def body(self, values: Iterable[Any]) -> bytes:
        return ",".join([write(value) for write, value in zip(self._write, values, strict=True)]).encode()

    def sealed(self, body: bytes, chain: str) -> bytes:
        return b"%s,%s\n" % (body, chain.encode())

    def opened(self, line: bytes) -> tuple[bytes, str]:
        body, _, chain = line.removesuffix(b"\n").rpartition(b",")
        return body, chain.decode("ascii", "replace")

    def values(self, body: bytes) -> list[Any]:
        try:
            (cells,) = csv.reader([body.decode()], strict=True)
        except csv.Error as error:
            raise ValueError(str(error)) from error
        return [self._read(column, cell) for column, cell in zip(self.columns, cells, strict=True)]

    @staticmethod
    def _read(column: Column, cell: str) -> Any:
        if cell == "" and (column.is_optional or column.kind != "text"):
            return _nothing(column)
        return KINDS[column.kind].of_csv(cell)


class JsonLines(Lines):
    """An object a line, keys in the order of the columns."""

    suffix = "jsonl"
    TAIL = b',"chain":"%s"}\n'
    CUT = -len(TAIL % (b"0" * 64))

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__(columns)
        self._write = [_named(column, KINDS[column.kind].json) for column in columns]

    def header(self) -> bytes:
        return b""

    def body(self, values: Iterable[Any]) -> bytes:
        parts = [write(value) for write, value in zip(self._write, values, strict=True)]
        return ("{" + ",".join(parts)).encode()

    def sealed(self, body: bytes, chain: str) -> bytes:
        return body + self.TAIL % chain.encode()

    def opened(self, line: bytes) -> tuple[bytes, str]:
        body, tail = line[: self.CUT], line[self.CUT :]
        chain = tail[10:-3]
        is_sealed = tail == self.TAIL % chain
        return (body, chain.decode("ascii", "replace")) if is_sealed else (line, "")

    def values(self, body: bytes) -> list[Any]:
        row = json.loads(body + b"}")
        if list(row) != [column.name for column in self.columns]:
            raise ValueError("it has other columns than the manifest says")
        return [
            _nothing(column) if (value := row[column.name]) is None else KINDS[column.kind].of_json(value)
            for column in self.columns
        ]


def _nothing(column: Column) -> None:
    if not column.is_optional and column.kind != "json":
        raise ValueError(f"{column.name} is missing")


def _writer(column: Column, write: Callable[[Any], str]) -> Callable[[Any], str]:
    if not column.is_optional:
        return write
    if column.kind == "text":
        return lambda value: "" if value is None else write(value) or "'"
    return lambda value: "" if value is None else write(value)


def _named(column: Column, write: Callable[[Any], str]) -> Callable[[Any], str]:
    name = f'"{column.name}":'
    return lambda value: f"{name}null" if value is None else name + write(value)


FORMATS: dict[str, type[Lines]] = {lines.suffix: lines for lines in (CsvLines, JsonLines)}
