"""What is known to be complete: rows of Coverage, changed so that those of one stream never overlap.

All spans are ``start`` <= time < ``end``, Unix ms. A stream is ``fills:``, ``twaps:``, ``fundings:``,
``ledger:`` or ``orders:`` with an address, or ``trades:`` with a coin. Call ``cover`` and ``gap`` in the
transaction that stores the rows they speak of: then no crash lets them claim what is not there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from operator import or_

from django.db import connection, transaction
from django.db.models import Q

from snapshots.models import Coverage

COVERED, GAP = Coverage.State.COVERED.value, Coverage.State.GAP.value
UNKNOWN, BEFORE = "unknown", "before"
"""Nothing is claimed; and that, before the first claim: the record begins later."""
BADNESS = (COVERED, BEFORE, UNKNOWN, GAP)
UNREACHABLE = "the exchange keeps no more"
CROWDED = "more happened in this millisecond than a page holds"
AT_ONCE = 200
"""Streams that one statement asks for."""
LOCK = """
SELECT pg_advisory_xact_lock(key)
FROM (SELECT DISTINCT hashtext(one) & 1023 AS key FROM unnest(%s::text[]) one ORDER BY key) keys
"""
"""Always in one order, so that no two wait for each other; few keys, since there is room for some thousands."""
FOR_EVER = (UNREACHABLE, CROWDED)
"""Reasons of gaps that nobody can fill any more."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a stream's time: ``state`` is covered, gap, unknown or before."""

    start: int
    end: int
    state: str
    reason: str = ""


def cover(stream: str, start: int, end: int, now: int) -> None:
    """Everything that happened in this time is stored: gaps in it are filled."""
    write([(stream, Span(start, end, COVERED))], now)


def gap(stream: str, start: int, end: int, reason: str, now: int) -> None:
    """Something that happened in this time may be missing; what was claimed about it is taken back."""
    write([(stream, Span(start, end, GAP, reason))], now)


def forget_before(streams: Iterable[str], moment: int, now: int) -> None:
    """What happened before is stored no more: nothing is claimed about it."""
    write([(stream, Span(0, moment, UNKNOWN)) for stream in streams], now)


def spans(stream: str, start: int, end: int) -> list[Span]:
    """The whole time from ``start`` to ``end``, in order and without holes; one query."""
    rows = Coverage.objects.filter(stream=stream).order_by("start")
    known = [Span(row.start, row.end, row.state, row.reason) for row in rows]
    found, at, state = [], start, BEFORE
    for span in known:
        if at < (until := min(span.start, end)):
            found.append(Span(at, until, state))
        state, at = UNKNOWN, max(at, min(span.end, end))
        if (first := max(span.start, start)) < (last := min(span.end, end)):
            found.append(Span(first, last, span.state, span.reason))
    if at < end:
        found.append(Span(at, end, state))
    return found


def together(streams: Iterable[str], start: int, end: int) -> list[Span]:
    """Of what is known of each moment in several streams, the worst: covered means covered in all of them."""
    each = [spans(stream, start, end) for stream in streams]
    edges = sorted({span.start for some in each for span in some} | {end})
    found: list[Span] = []
    for first, last in pairwise(edges):
        here = [next(span for span in some if span.start <= first < span.end) for some in each]
        worst = max(here, key=lambda span: BADNESS.index(span.state))
        if found and (found[-1].state, found[-1].reason) == (worst.state, worst.reason):
            found[-1] = Span(found[-1].start, last, worst.state, worst.reason)
        else:
            found.append(Span(first, last, worst.state, worst.reason))
    return found


def first_break(stream: str) -> int:
    """From where on something that can still be read may be missing; 0 if nothing was ever claimed."""
    at = None
    for row in Coverage.objects.filter(stream=stream).order_by("start"):
        is_settled = row.state == COVERED or row.reason in FOR_EVER
        if not is_settled or at not in (None, row.start):
            return row.start if at is None else at
        at = row.end
    return at or 0


def is_complete(stream: str, start: int, end: int) -> bool:
    """Whether everything that happened in this time is stored."""
    return all(span.state == COVERED for span in spans(stream, start, end))


def write(claims: Iterable[tuple[str, Span]], now: int) -> None:
    """Put each span in place of whatever was said about its stream's time, one after the other.

    Joined with equal neighbours. One statement, and three for each ``AT_ONCE`` streams: the database may be far.
    """
    said: dict[str, list[Span]] = defaultdict(list)
    for stream, span in claims:
        if span.start < span.end:
            said[stream].append(span)
    names = sorted(said)
    if not names:
        return
    with transaction.atomic(savepoint=False):
        _lock(names)
        for first in range(0, len(names), AT_ONCE):
            _write({name: said[name] for name in names[first : first + AT_ONCE]}, now)


def _write(said: dict[str, list[Span]], now: int) -> None:
    stored: dict[str, list[Coverage]] = {name: [] for name in said}
    for row in Coverage.objects.filter(reduce(or_, (_touched(name, spans) for name, spans in said.items()))):
        stored[row.stream].append(row)
    kept: set[int] = set()
    rows: list[Coverage] = []
    for name, spans in said.items():
        for row in reduce(lambda held, span: _put(name, held, span, now), spans, stored[name]):
            if row.pk:
                kept.add(row.pk)
            else:
                rows.append(row)
    gone = [row.pk for held in stored.values() for row in held if row.pk not in kept]
    Coverage.objects.filter(pk__in=gone).delete()
    Coverage.objects.bulk_create(rows)


def _touched(stream: str, spans: Sequence[Span]) -> Q:
    """Rows in or beside the time of the spans."""
    start, end = min(span.start for span in spans), max(span.end for span in spans)
    return Q(stream=stream, start__lte=end, end__gte=start)


def _put(stream: str, held: Sequence[Coverage], span: Span, now: int) -> list[Coverage]:
    """The rows with one span in its place; those that have changed are new ones, without a key."""
    start, end, reason, found = span.start, span.end, span.reason[:200], []
    for row in held:
        if row.end < span.start or row.start > span.end:
            found.append(row)
        elif (row.state, row.reason) == (span.state, reason):
            start, end = min(start, row.start), max(end, row.end)
        else:
            found += [part for part in (_cut(row, row.start, span.start), _cut(row, span.end, row.end)) if part]
    if span.state != UNKNOWN:
        found.append(
            Coverage(stream=stream, start=start, end=end, state=span.state, reason=reason, updated_at=now)
        )
    return found


def _cut(row: Coverage, start: int, end: int) -> Coverage | None:
    """The part of a row from ``start`` to ``end``: itself, a new one, or nothing."""
    if (start, end) == (row.start, row.end):
        return row
    if start >= end:
        return None
    return Coverage(
        stream=row.stream, start=start, end=end, state=row.state, reason=row.reason, updated_at=row.updated_at
    )


def _lock(streams: list[str]) -> None:
    """One writer of a stream at a time, until the transaction ends; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(LOCK, [[f"coverage {stream}" for stream in streams]])
