"""Time-ranged calls, page by page (API.md section 6, end)."""

from collections.abc import Callable, Hashable, Iterator
from typing import TypeVar

T = TypeVar("T")


def pages(
    page: Callable[[int], list[T]],
    start: int,
    *,
    time: Callable[[T], int],
    key: Callable[[T], Hashable],
    full: int,
) -> Iterator[T]:
    """All rows from ``start`` (Unix ms) on, oldest first, each ``key`` once; ``page(since)`` is one call.

    A page of fewer than ``full`` rows is the last. The next one begins at the last row's time, without
    +1: several rows share a millisecond, and +1 would lose some. Only if a whole page is of one
    millisecond is the rest of that millisecond out of reach, and the next begins after it.
    """
    since, seen = start, set[Hashable]()
    while True:
        rows = sorted(page(since), key=time)
        fresh = [row for row in rows if key(row) not in seen]
        yield from fresh
        if len(rows) < full or time(rows[-1]) < since:
            return
        last = time(rows[-1])
        seen = {key(row) for row in rows if time(row) == last}
        since = last if fresh else last + 1
