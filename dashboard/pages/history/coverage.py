"""The coverage bar that all history views share: what is complete, what is missing, where the record begins.

``templates/history/_coverage.html`` draws ``coverage_of``'s answer; it needs ``css/coverage.css`` and no script.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.pages.history.times import DAY, Times, duration
from snapshots.covered import BEFORE, COVERED, GAP, UNKNOWN, Record, Stretch, begins, record_of, together

WIDTH = 1000
THINNEST = 4
"""A gap of a second is as wrong as one of a day: it is drawn so wide that it can be seen."""
MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Form:
    """How a state is drawn, told apart by its height: ``y`` and ``height`` of 12."""

    state: str
    words: str
    y: int
    height: int


FORMS = {
    form.state: form
    for form in (
        Form(COVERED, "complete", 3, 6),
        Form(GAP, "may be incomplete", 0, 12),
        Form(UNKNOWN, "not known", 5, 2),
        Form(BEFORE, "before the record begins", 5, 2),
    )
}
Lines = Iterable[tuple[str, Sequence[str]]]
"""What each bar is called, and the streams that its rows come from."""


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of a bar, in units of WIDTH."""

    x: int
    width: int
    form: Form


@dataclass(frozen=True, slots=True)
class Bar:
    """One line as rectangles, and the same in words."""

    name: str
    blocks: list[Block]
    sentence: str
    gaps: list[str]
    more_gaps: int
    is_complete: bool


def coverage_of(
    lines: Lines,
    times: Times,
    start: int | None = None,
    end: int | None = None,
    record: Record | None = None,
    oldest: int | None = None,
) -> dict[str, Any]:
    """Bars from ``start`` to ``end`` (Unix ms; None: where the record begins, and now). One query, or a record.

    Without a ``start`` they reach back to the ``oldest`` row that the page shows, if that is older.
    """
    asked = [(name, tuple(streams)) for name, streams in lines]
    if record is None:
        record = record_of(stream for _, streams in asked for stream in streams)
    until = min(end or times.now, times.now)
    since = first_drawn(record, until, oldest) if start is None else min(start, until - 1)
    bars = [_bar(name, record, streams, since, until, times) for name, streams in asked]
    return {
        "bars": bars,
        "from": times.near(since),
        "until": "now" if until == times.now else times.near(until),
        "width": WIDTH,
        "is_complete": all(bar.is_complete for bar in bars),
        "forms": FORMS.values(),
    }


def first_drawn(record: Record, until: int, oldest: int | None = None) -> int:
    """A little before the first moment that anything is said or shown of; a day before the end if nothing is."""
    edges = [edge for rows in record.values() for row in rows for edge in (row.start, row.end) if 0 < edge < until]
    edges += [] if oldest is None or oldest >= until else [oldest]
    first = min(edges, default=until - DAY)
    return first - max((until - first) // 20, 1)


def _bar(name: str, record: Record, streams: Sequence[str], since: int, until: int, times: Times) -> Bar:
    stretches = together(record, streams, since, until)
    tail = stretches.pop() if stretches and stretches[-1].state == UNKNOWN else None
    gaps = [stretch for stretch in reversed(stretches) if stretch.state in (GAP, UNKNOWN)]
    return Bar(
        name,
        list(_blocks([*stretches, *([tail] if tail else [])], since, until)),
        _sentence(begins(record, streams), gaps, since, tail.start if tail else until, times),
        [_gap(stretch, times) for stretch in gaps[:MOST_NAMED]],
        max(0, len(gaps) - MOST_NAMED),
        all(stretch.state == COVERED for stretch in stretches),
    )


def _blocks(stretches: Sequence[Stretch], since: int, until: int) -> Iterable[Block]:
    """Complete time first, then what must be seen, over it."""
    scale = WIDTH / max(1, until - since)
    for stretch in sorted(stretches, key=lambda one: one.state in (GAP, UNKNOWN)):
        left, right = round((stretch.start - since) * scale), round((stretch.end - since) * scale)
        width = max(right - left, THINNEST if stretch.state in (GAP, UNKNOWN) else 0)
        if width:
            yield Block(min(left, WIDTH - width), width, FORMS[stretch.state])


def _sentence(first: int | None, gaps: Sequence[Stretch], since: int, until: int, times: Times) -> str:
    if first is None or first >= until:
        return "Nothing is claimed to be complete."
    where = "From the very beginning" if first == 0 else f"From {times.near(first)}"
    if 0 < first <= since:
        where = f"From {times.near(since)}"
    known = f"{where} to {times.near(until)}"
    if not gaps:
        return f"{known}: complete."
    return f"{known}: {len(gaps)} gap{'' if len(gaps) == 1 else 's'}."


def _gap(stretch: Stretch, times: Times) -> str:
    length = duration(stretch.end - stretch.start)
    why = stretch.reason or ("not read yet" if stretch.state == UNKNOWN else "no reason is known")
    return f"{times.near(stretch.start)} to {times.near(stretch.end)} ({length}): {why}"
