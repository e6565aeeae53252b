"""The record of several streams as one line: the weakest claim counts, whatever the order of the rows."""

import pytest

from snapshots import coverage
from snapshots.covered import begins, is_complete, record_of, recorded, together

pytestmark = pytest.mark.django_db
NOW = 10_000


def said(streams: list[str], start: int = 0, end: int = 100) -> list[tuple[int, int, str]]:
    return [(one.start, one.end, one.state) for one in together(record_of(streams), streams, start, end)]


def test_a_stream_is_drawn_from_before_its_record_to_what_is_not_known_yet():
    coverage.cover("a", 20, 40, NOW)
    coverage.gap("a", 40, 50, "cut", NOW)
    coverage.cover("a", 50, 80, NOW)
    assert said(["a"]) == [
        (0, 20, "before"),
        (20, 40, "covered"),
        (40, 50, "gap"),
        (50, 80, "covered"),
        (80, 100, "unknown"),
    ]


def test_of_two_streams_the_weaker_claim_counts():
    coverage.cover("a", 0, 100, NOW)
    coverage.cover("b", 30, 60, NOW)
    coverage.gap("b", 60, 70, "lost", NOW)
    assert said(["a", "b"]) == [(0, 30, "before"), (30, 60, "covered"), (60, 70, "gap"), (70, 100, "unknown")]
    reasons = [one.reason for one in together(record_of(["a", "b"]), ["a", "b"], 0, 100)]
    assert reasons == ["", "", "lost", ""]


def test_a_stream_of_which_nothing_is_said_makes_nothing_complete():
    coverage.cover("a", 0, 100, NOW)
    record = record_of(["a", "none"])
    assert said(["a", "none"]) == [(0, 100, "before")]
    assert is_complete(record, ["a"], 0, 100)
    assert not is_complete(record, ["a", "none"], 0, 100)
    assert begins(record, ["a"]) == 0
    assert begins(record, ["a", "none"]) is None


def test_it_says_the_same_as_the_coverage_of_each_stream():
    for n in range(12):
        (coverage.cover if n % 3 else coverage.gap)("a", n * 7, n * 7 + 5, *([] if n % 3 else ["why"]), NOW)
    ours = [(one.start, one.end, one.state, one.reason) for one in together(record_of(["a"]), ["a"], 3, 80)]
    theirs = [(one.start, one.end, one.state, one.reason) for one in coverage.spans("a", 3, 80)]
    assert ours == theirs


def test_streams_of_a_kind_are_found_by_their_name_in_one_query(django_assert_num_queries):
    for stream in ("trades:ETH", "trades:BTC", "fills:0x1"):
        coverage.cover(stream, 0, 9, NOW)
    with django_assert_num_queries(1):
        assert list(recorded("trades:")) == ["trades:BTC", "trades:ETH"]


def test_no_time_has_no_stretches():
    assert said(["a"], 5, 5) == []
