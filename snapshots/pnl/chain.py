"""The order of fills of one coin: within a millisecond the exchange's rows come in none that can be trusted.

Each fill says the position it started from, so the fills of one moment are links of a chain. As several
may start from the same position (a market maker buys and sells in one block), the order is a walk
that uses each link once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import TypeVar

T = TypeVar("T")
Ends = Callable[[T], tuple[Decimal, Decimal]]
"""The position before and after one execution."""

ZERO = Decimal(0)
STEP = Decimal("1e-6")
"""Positions are compared to a millionth: the wire shows tails of binary floats (API.md section 1)."""


def node(position: Decimal) -> Decimal:
    """A position as it can be compared with another one."""
    return position.quantize(STEP) if position.adjusted() < 20 else position


def in_order(rows: Iterable[T], time: Callable[[T], int], ends: Ends[T]) -> list[T]:
    """Rows of one coin, oldest first; those of one moment so that each starts where the last one ended."""
    moments = [list(group) for _, group in groupby(sorted(rows, key=time), key=time)]
    ordered: list[T] = []
    for number, moment in enumerate(moments):
        if len(moment) == 1:
            ordered += moment
            continue
        before = [node(ends(ordered[-1])[1])] if ordered else []
        after = [node(ends(row)[0]) for row in moments[number + 1]] if number + 1 < len(moments) else []
        ordered += _linked(moment, ends, [*before, *after, ZERO])
    return ordered


def _linked(rows: Sequence[T], ends: Ends[T], hints: Sequence[Decimal]) -> list[T]:
    """All rows in as few chains as possible.

    A chain that ends elsewhere than it starts tells its start. One that goes round could start anywhere: at
    the first of ``hints`` that is on it (where the last moment ended, where the next one starts, flat).
    """
    links: dict[Decimal, list[tuple[Decimal, T]]] = defaultdict(list)
    surplus: dict[Decimal, int] = defaultdict(int)
    for row in reversed(rows):  # the last link of a list is taken first, so that the given order counts
        start, end = map(node, ends(row))
        links[start].append((end, row))
        surplus[start] += 1
        surplus[end] -= 1
    walked: list[T] = []
    while left := [start for start, rest in links.items() if rest]:
        open_ends = [start for start in left if surplus[start] > 0]
        at = next((hint for hint in hints if hint in (open_ends or left)), (open_ends or left)[0])
        chain = _walk(links, at)
        surplus[at] -= 1
        surplus[node(ends(chain[-1])[1])] += 1
        walked += chain
    return walked


def _walk(links: dict[Decimal, list[tuple[Decimal, T]]], at: Decimal) -> list[T]:
    """A walk from ``at`` over as many links as can be reached (Hierholzer's)."""
    stack: list[tuple[Decimal, T | None]] = [(at, None)]
    walk: list[T] = []
    while stack:
        here, row = stack[-1]
        if links.get(here):
            stack.append(links[here].pop())
        else:
            stack.pop()
            if row is not None:
                walk.append(row)
    return walk[::-1]
