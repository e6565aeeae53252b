"""Random and mutated frames: ``decode`` raises BadFrame or nothing, whatever comes."""

from collections import Counter

import pytest

from exchange.decode import SHAPES, decode
from exchange.errors import BadFrame
from tests.exchange.fuzz_frames import COUNT, MANY, SEED, mutated


@pytest.mark.timeout(3600)
def test_fuzz_no_frame_raises_anything_but_bad_frame() -> None:
    seen = Counter[str]()
    for number, raw in enumerate(mutated(COUNT, SEED)):
        try:
            decode(raw, number)
            seen["read"] += 1
        except BadFrame as bad:
            seen[bad.kind] += 1
        except BaseException as error:
            pytest.fail(f"frame {number} of seed {SEED} raised {error!r}: {raw[:300]!r}")
    assert sum(seen.values()) == COUNT
    assert set(seen) <= {"read", "json", "text", *SHAPES}  # a log that names each kind once stays short
    if COUNT >= MANY:
        assert len(seen) == len(SHAPES) + 3  # each channel has been broken, and none is never read
        assert 0.05 < seen["read"] / COUNT < 0.8
