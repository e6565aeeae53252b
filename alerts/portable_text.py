"""A JSON text taken apart into alerts that know on which line they stand. Whoever wrote it may mean harm."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MOST_BYTES = 8_000_000
MOST_DEPTH = 8
SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """The ``number``-th alert of a text (from 1), and the line on which it begins."""

    number: int
    line: int
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: in an alert's field, in an alert, or in the text as a whole."""

    entry: Entry | None
    field: str
    text: str

    def __str__(self) -> str:
        place = f"Alert {self.entry.number} (line {self.entry.line})" if self.entry else ""
        where = ", ".join(filter(None, [place, f"field “{self.field[:40]}”" if self.field else ""]))
        return f"{where}: {self.text}" if where else self.text


class Broken(Exception):
    """The text cannot be brought in; ``problems`` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems[:5])))
        self.problems = problems


def broken(text: str) -> Broken:
    """The text as a whole is no good."""
    return Broken([Problem(None, "", text)])


def read_text(text: str, form: str, version: int) -> list[Entry]:
    """The alerts; Broken for what is no JSON, another format, or not to be trusted."""
    if len(text.encode()) > MOST_BYTES:
        raise broken(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    if "\x00" in text or depth(text) > MOST_DEPTH:
        raise broken("This is no file of alerts: it holds zero bytes, or is nested too deeply.")
    text = text.removeprefix("\ufeff")
    try:
        whole = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise broken(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise broken(f"{error}"[:200]) from error
    if not isinstance(whole, dict) or whole.get("format") != form:
        raise broken(f"This is no file of alerts: its “format” is not “{form}”.")
    if str(whole.get("version")) != str(version):
        raise broken(f"Only version {version} is understood.")
    if extra := sorted(whole.keys() - {"format", "version", "alerts"}):
        raise broken(f"Unknown: “{extra[0][:40]}”.")
    found = whole.get("alerts")
    if not isinstance(found, list):
        raise broken("“alerts” is no list.")
    return [entry(number, line, one) for number, (line, one) in enumerate(zip(lines(text), found, strict=True), 1)]


def entry(number: int, line: int, one: Any) -> Entry:
    """An element of the list as an alert; Broken if it is none."""
    if not isinstance(one, dict):
        raise broken(f"Alert {number} (line {line}) is no object.")
    return Entry(number, line, one)


def depth(text: str) -> int:
    """How deeply brackets are nested, at most; those in texts do not count."""
    deepest = now = 0
    for bracket in re.findall(r"[\[{}\]]", re.sub(r'"(?:[^"\\]|\\.)*"', "", text)):
        now += 1 if bracket in "[{" else -1
        deepest = max(deepest, now)
    return deepest


def lines(text: str) -> Iterator[int]:
    """On which lines the elements of ``alerts`` begin, of a text that is known to be right."""
    at = SPACE.match(text, text.index("{") + 1).end()  # type: ignore[union-attr]
    while True:
        key, at = DECODER.raw_decode(text, at)
        at = SPACE.match(text, SPACE.match(text, at).end() + 1).end()  # type: ignore[union-attr]
        if key == "alerts":
            break
        _, at = DECODER.raw_decode(text, at)
        at = SPACE.match(text, SPACE.match(text, at).end() + 1).end()  # type: ignore[union-attr]
    line, counted = 1, 0
    at = SPACE.match(text, at + 1).end()  # type: ignore[union-attr]
    while text[at] != "]":
        line, counted = line + text.count("\n", counted, at), at
        yield line
        _, at = DECODER.raw_decode(text, at)
        at = SPACE.match(text, at).end()  # type: ignore[union-attr]
        if text[at] == ",":
            at = SPACE.match(text, at + 1).end()  # type: ignore[union-attr]


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which each name stands once; of two, nobody knows which is meant."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"“{name[:40]}” stands twice in one object.")
        found[name] = value
    return found


def no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number.")


def number_text(text: str) -> str:
    """Numbers stay texts, so that none loses a digit; a very long one is none."""
    if len(text) > 60:
        raise ValueError(f"{text[:20]}… is too long for a number.")
    return Digits(text)


class Digits(str):
    """A number as it was written."""

    __slots__ = ()


DECODER = json.JSONDecoder(
    object_pairs_hook=once, parse_constant=no_number, parse_float=number_text, parse_int=number_text
)
