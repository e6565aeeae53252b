"""Shapes as data: what an answer must look like on the wire, key by key, before any decoding.

A shape is a ``Leaf``, a one-element list (list of that), a tuple (exactly these), a dict (an object
with these keys; ``"key?"`` may be absent), ``Maybe`` (or null), ``Map`` (an object with any keys) or
``Word`` (a text of a set). A missing key or a value of another kind is a problem; a new key, or a new
word of an open set, is a novelty: the exchange adds those without notice (API.md section 1).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

LONGEST_LOOK = 300
"""Rows of a list that are looked at, evenly spread."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value: what it is called, and whether a value is one."""

    name: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Maybe:
    """The shape, or null."""

    shape: Any


@dataclass(frozen=True, slots=True)
class Map:
    """An object whose keys are names and whose values have one shape."""

    shape: Any


@dataclass(frozen=True, slots=True)
class Word:
    """A text of these; when ``open``, an unknown one is only a novelty."""

    words: frozenset[str]
    open: bool = True


class Finding(NamedTuple):
    """Where, what was expected, what came; ``novel`` if it is no problem but worth a note."""

    path: str
    expected: str
    came: Any
    novel: bool = False


def _matches(pattern: str) -> Callable[[Any], bool]:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _between(low: float, high: float) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and low <= value < high


DECIMAL = Leaf("a decimal string", _matches(r"-?\d+(\.\d+)?"))
COUNT = Leaf("an integer", lambda value: type(value) is int)
NUMBER = Leaf("a JSON number", lambda value: type(value) in (int, float))
MILLISECONDS = Leaf("Unix milliseconds", _between(1e12, 1e13))
SECONDS = Leaf("Unix seconds", _between(1e9, 1e10))
TEXT = Leaf("a text", lambda value: isinstance(value, str))
FLAG = Leaf("true or false", lambda value: isinstance(value, bool))
ADDRESS = Leaf("a lower-case address", _matches(r"0x[0-9a-f]{40}"))
HASH = Leaf("a lower-case hash", _matches(r"0x[0-9a-f]{64}"))
ANYTHING = Leaf("anything", lambda value: True)


def words(text: str, open: bool = True) -> Word:
    """The words of ``text``, which are separated by spaces or, if there is one, by commas."""
    return Word(frozenset(part.strip() for part in text.split("," if "," in text else None)), open)


def findings(shape: Any, value: Any, path: str = "") -> Iterator[Finding]:
    """Everything in ``value`` that is not as ``shape`` says."""
    match shape:
        case Leaf():
            if not shape.fits(value):
                yield Finding(path, shape.name, value)
        case Maybe():
            if value is not None:
                yield from findings(shape.shape, value, path)
        case Word():
            yield from _word(shape, value, path)
        case Map():
            yield from _map(shape, value, path)
        case dict():
            yield from _object(shape, value, path)
        case tuple():
            yield from _row(shape, value, path)
        case [rows]:
            yield from _list(rows, value, path)


def is_odd(shape: Any, value: Any) -> bool:
    """Whether there is any problem (novelties are none)."""
    return any(not finding.novel for finding in findings(shape, value))


def _word(shape: Word, value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield Finding(path, "a text", value)
    elif value not in shape.words:
        yield Finding(path, f"one of {', '.join(sorted(shape.words))}", value, novel=shape.open)


def _map(shape: Map, value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield Finding(path, "an object", value)
        return
    for key in _spread(list(value)):
        yield from findings(shape.shape, value[key], f"{path}[{key}]")


def _object(shape: dict[str, Any], value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield Finding(path, "an object", value)
        return
    known = set()
    for name, inner in shape.items():
        key = name.removesuffix("?")
        known.add(key)
        where = f"{path}.{key}" if path else key
        if key in value:
            yield from findings(inner, value[key], where)
        elif key == name:
            yield Finding(where, "the key", "no such key")
    for key in value.keys() - known:
        yield Finding(f"{path}.{key}" if path else key, "no such key", value[key], novel=True)


def _row(shape: tuple[Any, ...], value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, list) or len(value) != len(shape):
        yield Finding(path, f"a list of exactly {len(shape)}", value)
        return
    for at, (inner, one) in enumerate(zip(shape, value, strict=True)):
        yield from findings(inner, one, f"{path}[{at}]")


def _list(rows: Any, value: Any, path: str) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield Finding(path, "a list", value)
        return
    for at in _spread(list(range(len(value)))):
        yield from findings(rows, value[at], f"{path}[{at}]")


def _spread(items: list[Any]) -> list[Any]:
    """At most ``LONGEST_LOOK`` of them, evenly spread, the last among them."""
    step = -(-len(items) // LONGEST_LOOK)
    return items if step <= 1 else [*items[::step], items[-1]]
