"""What is known of several streams together: the weakest claim about each stretch of time counts.

Fills are complete only where both the plain ones and the slices of TWAPs are: a page names all streams that
its rows come from, and shows one line for them.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from snapshots.models import Coverage

COVERED, GAP = Coverage.State.COVERED.value, Coverage.State.GAP.value
UNKNOWN, BEFORE = "unknown", "before"
WEAKEST_FIRST = (GAP, UNKNOWN, BEFORE, COVERED)

Record = Mapping[str, Sequence[Coverage]]
"""Rows of each stream, in order; a stream without any is missing."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """``start`` <= time < ``end``, Unix ms. ``state``: covered, gap, unknown, or before the record begins."""

    start: int
    end: int
    state: str
    reason: str = ""


def record_of(streams: Iterable[str]) -> Record:
    """All that is claimed about these streams; one query."""
    found: dict[str, list[Coverage]] = defaultdict(list)
    for row in Coverage.objects.filter(stream__in=set(streams)).order_by("stream", "start"):
        found[row.stream].append(row)
    return found


def recorded(prefix: str) -> Record:
    """All that is claimed about every stream whose name begins so, in the order of names; one query."""
    found: dict[str, list[Coverage]] = defaultdict(list)
    for row in Coverage.objects.filter(stream__startswith=prefix).order_by("stream", "start"):
        found[row.stream].append(row)
    return found


def together(record: Record, streams: Sequence[str], start: int, end: int) -> list[Stretch]:
    """The whole time from ``start`` to ``end`` in order and without holes; nothing is claimed of no stream."""
    if start >= end:
        return []
    edges = {start, end}
    for stream in streams:
        for row in record.get(stream, ()):
            edges |= {edge for edge in (row.start, row.end) if start < edge < end}
    starts = {stream: [row.start for row in record.get(stream, ())] for stream in streams}
    found: list[Stretch] = []
    times = sorted(edges)
    for since, until in pairwise(times):
        said = [_said(record.get(stream, ()), starts[stream], since) for stream in streams]
        states = {state for state, _ in said}
        state = next((one for one in WEAKEST_FIRST if one in states), UNKNOWN)
        reason = next((reason for one, reason in said if one == state and reason), "")
        if found and (found[-1].state, found[-1].reason) == (state, reason):
            since = found.pop().start
        found.append(Stretch(since, until, state, reason))
    return found


def begins(record: Record, streams: Sequence[str]) -> int | None:
    """From when on something is claimed of every stream; 0 is from the very beginning, None is never."""
    firsts = [rows[0].start for stream in streams if (rows := record.get(stream))]
    return max(firsts) if firsts and len(firsts) == len(streams) else None


def is_complete(record: Record, streams: Sequence[str], start: int, end: int) -> bool:
    """Whether everything that happened in this time is stored."""
    return all(stretch.state == COVERED for stretch in together(record, streams, start, end))


def _said(rows: Sequence[Coverage], starts: Sequence[int], moment: int) -> tuple[str, str]:
    """State and reason of one stream at one moment."""
    at = bisect_right(starts, moment) - 1
    if at < 0:
        return BEFORE, ""
    return (rows[at].state, rows[at].reason) if moment < rows[at].end else (UNKNOWN, "")
