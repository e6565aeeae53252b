"""By which column a table is sorted: its headings are links, so it works without script and on every page of it.

``?sort=fee``, or ``-fee`` for the largest first. Rows that a script may sort, since all of them are on the page,
need none of this: ``static/js/sortable.js``.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from dashboard.pages.history.cells import Column
from dashboard.pages.history.query import Query

T = TypeVar("T")
Values = Mapping[str, Callable[[T], Any]]
"""Column → what a row has in it; None: nothing that is known."""

BY_TIME = ("time",)
"""Of a ledger that is paged by (time, id), since it may have millions of rows: newest or oldest first."""
NEWEST_FIRST = "-time"
TIMES = ("time", "opened", "closed", "fired")


@dataclass(frozen=True, slots=True)
class Heading(Column):
    """A column with the address that sorts by it; ``order`` is its ``aria-sort``, empty if it sorts nothing."""

    link: str = ""
    order: str = ""


def headings(columns: Iterable[Column], query: Query, sorts: Collection[str], usual: str = "") -> list[Heading]:
    """The head of a table; ``usual`` is the order in which it stands unless another one is asked for."""
    now = query.sort or usual
    return [_heading(column, query, now, usual, column.name in sorts) for column in columns]


def _heading(column: Column, query: Query, now: str, usual: str, is_sorting: bool) -> Heading:
    plain = (column.name, column.text, column.is_number, column.meaning)
    if not is_sorting:
        return Heading(*plain)
    order = {column.name: "ascending", f"-{column.name}": "descending"}.get(now, "none")
    asked = turned(column, now)
    return Heading(*plain, link=query.address(sort="" if asked == usual else asked), order=order)


def turned(column: Column, now: str) -> str:
    """What a heading asks for: the largest and the newest first, words from A; again turns it round."""
    if now.removeprefix("-") == column.name:
        return column.name if now.startswith("-") else f"-{column.name}"
    return f"-{column.name}" if column.is_number or column.name in TIMES else column.name


def ordered(rows: Sequence[T], sort: str, values: Values[T]) -> list[T]:
    """The rows by a column; equal ones as they stood, those without a value last whichever way it goes."""
    value = values[sort.removeprefix("-")]
    known = [row for row in rows if value(row) is not None]
    known.sort(key=value, reverse=sort.startswith("-"))
    return known + [row for row in rows if value(row) is None]
