"""Random and mutated frames: ``decode`` raises BadFrame or nothing, whatever comes.

``FUZZ_FRAMES`` says how many, ``FUZZ_SEED`` where to begin.
"""

import json
import os
from collections import Counter
from collections.abc import Callable
from random import Random

import pytest

from exchange.decode import SHAPES, decode
from exchange.errors import BadFrame
from tests.exchange.sample_frames import FRAMES
from tests.recorded import frames

COUNT = int(os.environ.get("FUZZ_FRAMES", "2000000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
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


def seeds() -> list[bytes]:
    recorded = [json.dumps(frame, separators=(",", ":")).encode() for _, frame in frames()]
    return [raw for raw in [*FRAMES, *recorded] if len(raw) < LONGEST]


@pytest.mark.timeout(1800)
def test_fuzz_no_frame_raises_anything_but_bad_frame() -> None:
    draw, stock, seen = Random(SEED), seeds(), Counter[str]()
    for number in range(COUNT):
        raw = draw.choice(stock)
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            raw = draw.choice(MUTATIONS)(raw, draw) or b"{"
        try:
            decode(raw, number)
            seen["read"] += 1
        except BadFrame as bad:
            seen[bad.kind] += 1
        except BaseException as error:
            pytest.fail(f"frame {number} of seed {SEED} raised {error!r}: {raw[:300]!r}")
    assert sum(seen.values()) == COUNT
    assert set(seen) <= {"read", "json", "text", *SHAPES}  # a log that names each kind once stays short
    if COUNT >= 100_000:
        assert len(seen) == len(SHAPES) + 3  # each channel has been broken, and none is never read
        assert 0.05 < seen["read"] / COUNT < 0.8
