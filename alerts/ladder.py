"""Ladder: bounds of many alerts on one figure, sorted, so that only those a value reaches are touched.

Two arrays and no object for each alert. Floats only screen: rounding a Decimal to a float keeps the order, and
the comparison is inclusive, so whoever the exact numbers would touch is touched; the machine decides exactly.
"""

from array import array
from bisect import bisect_left, bisect_right
from math import inf

from alerts.rule import ABOVE


class Ladder:
    """Those who wait for values at or above their bound (``ABOVE``) or at or below it. ``nearest``: the first."""

    __slots__ = ("bounds", "ids", "nearest", "side")

    def __init__(self, side: int) -> None:
        self.side = side
        self.bounds, self.ids = array("d"), array("q")
        self.nearest = inf * side

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, bound: float, alert: int) -> None:
        """One more."""
        place = bisect_right(self.bounds, bound)
        self.bounds.insert(place, bound)
        self.ids.insert(place, alert)
        self._measure()

    def take(self, value: float) -> list[int]:
        """Remove and return whoever the value reaches."""
        if self.side == ABOVE:
            end = bisect_right(self.bounds, value)
            taken = self.ids[:end].tolist()
            del self.bounds[:end], self.ids[:end]
        else:
            start = bisect_left(self.bounds, value)
            taken = self.ids[start:].tolist()
            del self.bounds[start:], self.ids[start:]
        self._measure()
        return taken

    def reached(self, value: float) -> list[int]:
        """Whoever the value reaches; they stay."""
        if self.side == ABOVE:
            return self.ids[: bisect_right(self.bounds, value)].tolist()
        return self.ids[bisect_left(self.bounds, value) :].tolist()

    def discard(self, alerts: set[int]) -> None:
        """Remove these, in one pass however many they are."""
        if not alerts.isdisjoint(self.ids):
            self._put([row for row in zip(self.bounds, self.ids, strict=True) if row[1] not in alerts])

    def _put(self, rows: list[tuple[float, int]]) -> None:
        self.bounds = array("d", [row[0] for row in rows])
        self.ids = array("q", [row[1] for row in rows])
        self._measure()

    def _measure(self) -> None:
        if not self.bounds:
            self.nearest = inf * self.side
        else:
            self.nearest = self.bounds[0] if self.side == ABOVE else self.bounds[-1]
