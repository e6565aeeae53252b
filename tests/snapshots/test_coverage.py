"""Coverage claims what was said last about each moment, and nothing about any other."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from snapshots import coverage
from snapshots.coverage import Span
from snapshots.models import Coverage

STREAM, LENGTH = "trades:BTC", 24
moments = st.integers(0, LENGTH)
steps = st.lists(
    st.tuples(st.sampled_from(["cover", "gap", "other gap", "forget"]), moments, moments), max_size=12
)


def take(step: tuple[str, int, int]) -> None:
    kind, start, end = step
    if kind == "cover":
        coverage.cover(STREAM, start, end, 1)
    elif kind == "forget":
        coverage.forget_before([STREAM], end, 1)
    else:
        coverage.gap(STREAM, start, end, kind, 1)


def truth(taken: list[tuple[str, int, int]]) -> list[tuple[str, str]]:
    """What is known of each moment, one by one."""
    known = [("unknown", "")] * LENGTH
    for kind, start, end in taken:
        span = range(end) if kind == "forget" else range(start, end)
        said = {"cover": ("covered", ""), "forget": ("unknown", "")}.get(kind, ("gap", kind))
        for moment in span:
            known[moment] = said
    for moment in range(LENGTH):
        if known[moment][0] != "unknown":
            break
        known[moment] = ("before", "")
    return known


class AnyOrder(TestCase):
    """Steps in any order."""

    @given(steps)
    @settings(max_examples=150, deadline=None)
    def test_each_moment_is_as_it_was_said_last(self, taken):
        Coverage.objects.all().delete()
        coverage.cover("trades:ETH", 3, 9, 1)
        for step in taken:
            take(step)
        spans = coverage.spans(STREAM, 0, LENGTH)
        seen = [(span.state, span.reason) for span in spans for _ in range(span.start, span.end)]
        assert seen == truth(taken)
        assert [(one.start, one.end) for one in spans[1:]] == [
            (before.end, one.end) for before, one in pairwise(spans)
        ]
        rows = list(Coverage.objects.filter(stream=STREAM).order_by("start"))
        for row, following in pairwise(rows):
            assert row.end <= following.start
            assert row.end < following.start or (row.state, row.reason) != (following.state, following.reason)
        assert coverage.spans("trades:ETH", 0, 12) == [
            Span(0, 3, "before"),
            Span(3, 9, "covered"),
            Span(9, 12, "unknown"),
        ]


@pytest.mark.django_db
def test_a_part_of_the_time_is_cut_to_what_was_asked():
    coverage.cover(STREAM, 10, 20, 1)
    coverage.gap(STREAM, 20, 30, "the connection was lost", 1)
    assert coverage.spans(STREAM, 15, 25) == [
        Span(15, 20, "covered"),
        Span(20, 25, "gap", "the connection was lost"),
    ]
    assert coverage.is_complete(STREAM, 12, 20)
    assert not coverage.is_complete(STREAM, 12, 21)
    assert not coverage.is_complete(STREAM, 5, 15)
