"""Frames as a broken or future exchange might send them: cut, flipped, retyped, renamed, nested.

Seeded by the generator that is handed in; used by the ``garble`` fault and by fuzz tests. What begins with
NUL is meant as a binary frame, everything else is UTF-8.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

STRANGE_VALUES: list[Any] = [
    None, True, False, 0, -1, 10**30, -(10**30), 1e300, "", "NaN", "Infinity", "-0.0", "1e999999", "\x00",
    "💥", "0x", [], {}, [[]], [None], {"": None}, "9" * 400, [[[[[[[[]]]]]]]],
]  # fmt: skip

GIBBERISH = [
    b"", b" ", b"null", b"[]", b"{}", b"true", b'"text"', b"Websocket connection established.", b"{",
    b'{"channel":',
    b'{"channel":null,"data":null}', b'{"channel":"pong","data":[]}', b'{"channel":"novelty","data":{"a":1}}',
    b'{"channel":7}', b'{"data":{}}', b"<html><body>502 Bad Gateway</body></html>", b"[" * 2000, b"\0\1\xff",
]  # fmt: skip


def garble(draw: Random, frame: bytes) -> bytes:
    """A frame that is wrong in one way, made from a right one."""
    return draw.choice(_WAYS)(draw, frame)


def _gibberish(draw: Random, frame: bytes) -> bytes:
    return draw.choice(GIBBERISH)


def _cut(draw: Random, frame: bytes) -> bytes:
    return frame[: draw.randrange(len(frame) + 1)].decode(errors="ignore").encode()


def _flip(draw: Random, frame: bytes) -> bytes:
    text = bytearray(frame)
    for _ in range(draw.randint(1, 3)):
        if text:
            text[draw.randrange(len(text))] = draw.randrange(32, 127)
    return text.decode(errors="replace").encode()


def _retype(draw: Random, frame: bytes) -> bytes:
    """Change values, keys or lengths inside a frame that stays JSON."""
    try:
        tree = json.loads(frame)
    except (ValueError, RecursionError):
        return _gibberish(draw, frame)
    for _ in range(draw.randint(1, 3)):
        tree = _change(draw, tree, draw.randint(0, 5))
    return json.dumps(tree, separators=(",", ":")).encode()


def _change(draw: Random, node: Any, depth: int) -> Any:
    if isinstance(node, dict) and node:
        key = draw.choice(list(node))
        return _change_key(draw, node, key) if depth == 0 else node | {key: _change(draw, node[key], depth - 1)}
    if isinstance(node, list) and node:
        at = draw.randrange(len(node))
        return draw.choice([node[:at], node + node[:1], node[::-1]]) if depth == 0 else [
            *node[:at], _change(draw, node[at], depth - 1), *node[at + 1 :],
        ]  # fmt: skip
    return draw.choice(STRANGE_VALUES)


def _change_key(draw: Random, node: dict[str, Any], key: str) -> dict[str, Any]:
    rest = {name: value for name, value in node.items() if name != key}
    return draw.choice([rest, rest | {key + "_": node[key]}, node | {"unheardOf": draw.choice(STRANGE_VALUES)}])


_WAYS: list[Callable[[Random, bytes], bytes]] = [
    _gibberish,
    _cut,
    _flip,
    _retype,
    _retype,
    _retype,
]
