"""Random and mutated frames for fuzz tests: ``FUZZ_FRAMES`` says how many, ``FUZZ_SEED`` where to begin.

`make test` makes do with few; `make fuzz` asks for two million.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from random import Random

from exchange.decode import SHAPES
from tests.exchange.sample_frames import FRAMES
from tests.recorded import frames

COUNT = int(os.environ.get("FUZZ_FRAMES", "50000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
MANY = 500_000
"""So many frames hit every channel in every way."""
LONGEST = 6000
"""Bytes; longer recordings are left out, as one takes the time of a hundred others."""

TOKENS = [
    b"null", b"true", b"-1", b"0", b"1e999", b'"NaN"', b'"Infinity"', b"[]", b"{}", b'""', b'"', b"\\u0000",
    b"\xff", b"9" * 5000, b"[" * 3000, b'{"a":' * 2000, b"\x00", b'"1e-99999999"', "٩".encode(),
    b",", b":", b"}", b"]",
]  # fmt: skip


def flip(raw: bytes, draw: Random) -> bytes:
    at = draw.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ (1 << draw.randrange(8))]) + raw[at + 1 :]


def cut(raw: bytes, draw: Random) -> bytes:
    return raw[: draw.randrange(len(raw))]


def remove(raw: bytes, draw: Random) -> bytes:
    at = draw.randrange(len(raw))
    return raw[:at] + raw[at + draw.randrange(1, 12) :]


def insert(raw: bytes, draw: Random) -> bytes:
    at = draw.randrange(len(raw))
    return raw[:at] + draw.choice(TOKENS) + raw[at:]


def repeat(raw: bytes, draw: Random) -> bytes:
    start = draw.randrange(len(raw))
    end = start + draw.randrange(1, 200)
    return raw[:end] + raw[start:]


def replace_value(raw: bytes, draw: Random) -> bytes:
    """What stands between a colon or comma and the next comma becomes something else."""
    at = max(raw.find(b":", draw.randrange(len(raw))), raw.find(b",", draw.randrange(len(raw))))
    end = raw.find(b",", at + 1)
    return raw[: at + 1] + draw.choice(TOKENS) + (raw[end:] if end > 0 else b"}}")


def splice(raw: bytes, draw: Random) -> bytes:
    other = draw.choice(FRAMES)
    return raw[: draw.randrange(len(raw))] + other[draw.randrange(len(other)) :]


def rename(raw: bytes, draw: Random) -> bytes:
    """The data of one channel under the name of another."""
    end = raw.find(b'"', 12)
    return b'{"channel":"' + draw.choice(NAMES) + raw[end:]


def noise(raw: bytes, draw: Random) -> bytes:
    return draw.randbytes(draw.randrange(60))


NAMES = [name.encode() for name in SHAPES]
MUTATIONS: list[Callable[[bytes, Random], bytes]] = [
    flip, flip, flip, cut, remove, remove, insert, repeat, replace_value, replace_value, splice, rename, noise
]  # fmt: skip


def stock() -> list[bytes]:
    recorded = [json.dumps(frame, separators=(",", ":")).encode() for _, frame in frames()]
    return [raw for raw in [*FRAMES, *recorded] if len(raw) < LONGEST]


def mutated(count: int, seed: int, more: Iterable[bytes] = ()) -> Iterator[bytes]:
    """So many frames, each made wrong in one to three ways from a right one."""
    draw, right = Random(seed), [*stock(), *more]
    for _ in range(count):
        raw = draw.choice(right)
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            raw = draw.choice(MUTATIONS)(raw, draw) or b"{"
        yield raw
