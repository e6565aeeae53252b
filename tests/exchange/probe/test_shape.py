"""Shapes find what is missing and what is new, and real recorded replies have no problems with them."""

import base64
import zlib
from typing import Any

import msgspec
import pytest

from exchange.probe import shapes_account as a
from exchange.probe import shapes_market as m
from exchange.probe.rest_types import BY_ID
from exchange.probe.shape import (
    ADDRESS,
    COUNT,
    DECIMAL,
    FLAG,
    LONGEST_LOOK,
    MILLISECONDS,
    NUMBER,
    SECONDS,
    TEXT,
    Map,
    Maybe,
    findings,
    is_odd,
    words,
)
from exchange.probe.streams import STREAMS
from tests import recorded

SHAPE = {"px": DECIMAL, "n?": COUNT, "side": words("B A", open=False), "kind": words("x, y z")}
GOOD = {"px": "1.5", "n": 2, "side": "B", "kind": "x"}


@pytest.mark.parametrize(
    ("value", "path", "expected"),
    [
        ({**GOOD, "px": 1.5}, "px", "a decimal string"),
        ({**GOOD, "px": "1e-5"}, "px", "a decimal string"),
        ({**GOOD, "n": "2"}, "n", "an integer"),
        ({**GOOD, "n": True}, "n", "an integer"),
        ({**GOOD, "side": "C"}, "side", "one of A, B"),
        ({**GOOD, "side": 1}, "side", "a text"),
        ({"n": 2, "side": "B", "kind": "x"}, "px", "the key"),
        ([], "", "an object"),
    ],
)
def test_it_says_where_and_what_was_expected(value: Any, path: str, expected: str) -> None:
    found = list(findings(SHAPE, value))
    assert [(one.path, one.expected, one.novel) for one in found] == [(path, expected, False)]
    assert is_odd(SHAPE, value)


def test_new_keys_and_new_words_of_open_sets_are_novelties() -> None:
    found = list(findings([SHAPE], [{**GOOD, "new": 1, "kind": "w"}]))
    assert [(one.path, one.novel) for one in found] == [("[0].kind", True), ("[0].new", True)]
    assert not is_odd([SHAPE], [{**GOOD, "new": 1, "kind": "y z"}])


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        (Maybe(DECIMAL), [None, "1"], [1]),
        (Map(DECIMAL), [{}, {"BTC": "1"}], [[], {"BTC": 1}]),
        ((TEXT, FLAG), [["a", True]], [["a"], ["a", 1], "a"]),
        ([TEXT], [[], ["a"]], [{}, [1]]),
        (MILLISECONDS, [1_795_500_840_000], [1_795_500_840, "1795500840000"]),
        (SECONDS, [1_795_500_840], [1_795_500_840_000]),
        (ADDRESS, ["0x" + "a" * 40], ["0x" + "A" * 40, "0x12"]),
        (NUMBER, [1, 1.5], [True, "1"]),
    ],
)
def test_each_kind_of_shape_takes_what_it_should(shape: Any, good: list[Any], bad: list[Any]) -> None:
    assert not any(is_odd(shape, value) for value in good)
    assert all(is_odd(shape, value) for value in bad)


def test_long_lists_are_looked_at_here_and_there_up_to_their_last_row() -> None:
    rows: list[Any] = ["1"] * (LONGEST_LOOK * 10)
    rows[-1] = 1
    assert [one.path for one in findings([DECIMAL], rows)] == [f"[{len(rows) - 1}]"]


OLD_OR_CUT = (
    "trimmed", "testnet", "isolated", "tokenDetails", "pysdk_get_info", "pysdk_get_l2",
    "pysdk_get_user_fills_by_time",
    "negative_rawusd", "subAccounts2", "userFills_spot", "jkorf_userNonFunding", "tardis",
)  # fmt: skip
"""Recordings from before today's keys were there, or whose authors cut or masked rows."""


def _problems(shape: Any, value: Any) -> list[str]:
    told = [one for one in findings(shape, value) if not one.novel]
    return [f"{one.path}: {one.expected}, not {one.came!r}" for one in told]


@recorded.needs_recorded
def test_recorded_answers_have_the_shapes_of_their_types() -> None:
    compared = 0
    for path in recorded.rest_files():
        request, reply = recorded.rest_reply(path)
        kind = BY_ID.get(str((request or {}).get("type") or path.name.split("_")[1].split(".")[0]))
        if kind is not None and not any(word in path.name for word in OLD_OR_CUT):
            compared += 1
            assert _problems(kind.shape, reply) == [], path.name
    assert compared > 20


@recorded.needs_recorded
def test_recorded_frames_have_the_shapes_of_their_channels() -> None:
    shapes = {stream.channel: stream.shape for stream in STREAMS}
    compared = 0
    for where, frame in recorded.frames():
        shape = shapes.get(frame["channel"])
        if shape is None or any(word in where for word in OLD_OR_CUT):
            continue
        compared += 1
        assert _problems(shape, frame["data"]) == [], where
    assert compared > 30


@recorded.needs_recorded
def test_recorded_fast_contexts_inflate_to_their_shape() -> None:
    packed = [frame["data"] for _, frame in recorded.frames() if frame["channel"] == "fastAssetCtxs"]
    for data in packed:
        text = zlib.decompress(base64.b64decode(data), -15)
        assert _problems(m.FAST_CONTEXTS, msgspec.json.decode(text)) == []
    assert packed


def test_shapes_of_fills_and_orders_say_what_a_side_is() -> None:
    assert not is_odd(a.FILL["side"], "B")
    assert is_odd(a.ORDER["side"], "buy")
