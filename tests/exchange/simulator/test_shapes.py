"""The comparison of shapes sees what would break a client."""

import pytest

from tests.exchange.simulator.shapes import compare


@pytest.mark.parametrize(
    ("ours", "real", "complaint"),
    [
        ({"px": 1.5}, {"px": "1.5"}, ".px: ['float'] where the exchange has ['decimal']"),
        ({}, {"px": "1.5"}, None),
        ({"a": 1}, {"a": 1, "b": 2}, ".b: missing"),
        ({"a": 1, "b": 2}, {"a": 1}, ".b: unknown to the exchange"),
        ([{"a": "x"}], [{"a": "0x1"}], "[].a: ['text'] where the exchange has ['hex']"),
        ({"a": None}, {"a": "1.0"}, None),
    ],
)
def test_it_complains_about_what_differs(ours: object, real: object, complaint: str | None) -> None:
    assert compare(ours, real) == ([complaint] if complaint else [])


def test_an_older_recording_may_lack_a_field_but_not_have_another_type() -> None:
    assert compare({"a": 1, "b": 2}, {"a": 1}, older=True) == []
    assert compare({"a": "1"}, {"a": 1}, older=True) != []
