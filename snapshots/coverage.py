"""What is known to be complete: rows of Coverage, changed so that those of one stream never overlap.

All spans are ``start`` <= time < ``end``, Unix ms. A stream is ``fills:``, ``twaps:``, ``fundings:``,
``ledger:`` or ``orders:`` with an address, or ``trades:`` with a coin. Call ``cover`` and ``gap`` in the
transaction that stores the rows they speak of: then no crash lets them claim what is not there.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from django.db import connection, transaction

from snapshots.models import Coverage

COVERED, GAP = Coverage.State.COVERED.value, Coverage.State.GAP.value
UNKNOWN, BEFORE = "unknown", "before"
"""Nothing is claimed; and that, before the first claim: the record begins later."""
BADNESS = (COVERED, BEFORE, UNKNOWN, GAP)
UNREACHABLE = "the exchange keeps no more"
CROWDED = "more happened in this millisecond than a page holds"
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
    _write(stream, Span(start, end, COVERED), now)


def gap(stream: str, start: int, end: int, reason: str, now: int) -> None:
    """Something that happened in this time may be missing; what was claimed about it is taken back."""
    _write(stream, Span(start, end, GAP, reason[:200]), now)


def forget_before(stream: str, moment: int, now: int) -> None:
    """What happened before is stored no more: nothing is claimed about it."""
    if moment > 0:
        _write(stream, Span(0, moment, UNKNOWN), now)


def covered_to(stream: str) -> int | None:
    """The end of the last covered span, or None."""
    return (
        Coverage.objects.filter(stream=stream, state=COVERED)
        .order_by("-start")
        .values_list("end", flat=True)
        .first()
    )


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


def _write(stream: str, span: Span, now: int) -> None:
    """Put one span in place of whatever was said about its time, joined with equal neighbours."""
    if span.end <= span.start:
        return
    with transaction.atomic():
        _lock(stream)
        touched = Coverage.objects.filter(stream=stream, start__lte=span.end, end__gte=span.start)
        start, end, kept = span.start, span.end, []
        for row in touched:
            if (row.state, row.reason) == (span.state, span.reason):
                start, end = min(start, row.start), max(end, row.end)
            else:
                kept += [(row, row.start, span.start), (row, span.end, row.end)]
        touched.delete()
        rows = [
            Coverage(
                stream=stream, start=first, end=last, state=row.state, reason=row.reason, updated_at=row.updated_at
            )
            for row, first, last in kept
            if first < last
        ]
        if span.state != UNKNOWN:
            rows.append(
                Coverage(stream=stream, start=start, end=end, state=span.state, reason=span.reason, updated_at=now)
            )
        Coverage.objects.bulk_create(rows)


def _lock(stream: str) -> None:
    """One writer of a stream at a time, until the transaction ends; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"coverage {stream}"])
