"""Trail: the past of one figure over a window, for its change and its ratio to the average. No clock.

At most ``POINTS`` points: in a window of up to ten minutes each second is kept, in one of seven days one point
in a quarter of an hour. So the value of "then" is known to within a 600th of the window.
"""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from alerts.figure import Seen

POINTS = 600
HUNDRED = Decimal(100)


class Trail:
    """Values of ``window`` ms. Nothing is said until the whole window is known: a hole empties it."""

    __slots__ = ("_points", "_step", "_sum", "_then", "window")

    def __init__(self, window: int) -> None:
        self.window = window
        self._step = max(1, window // POINTS)
        self._points: deque[tuple[int, Decimal]] = deque()
        self._then: tuple[int, Decimal] | None = None
        self._sum = Decimal(0)

    @property
    def is_full(self) -> bool:
        """Whether all of the window is known."""
        return self._then is not None

    def add(self, at: int, value: Decimal | None) -> None:
        """The value from ``at`` on; None ends what was known."""
        if value is None:
            self.forget()
            return
        points = self._points
        while points and points[0][0] <= at - self.window:
            self._then = points.popleft()
            self._sum -= self._then[1]
        if not points or at - points[-1][0] >= self._step:
            points.append((at, value))
            self._sum += value

    def precede(self, past: Iterable[Seen]) -> None:
        """What was before the oldest point, oldest first; nothing if the whole window is known already."""
        if self.is_full:
            return
        known = list(self._points)
        self.forget()
        for at, value in past:
            if not known or at < known[0][0]:
                self.add(at, value)
        for at, value in known:
            self.add(at, value)

    def forget(self) -> None:
        """Start anew, after a hole in the data."""
        self._points.clear()
        self._then, self._sum = None, Decimal(0)

    def change(self, value: Decimal) -> Decimal | None:
        """Per cent by which ``value`` is above what stood a window ago; None while that is not known."""
        if self._then is None or not self._then[1]:
            return None
        return (value / self._then[1] - 1) * HUNDRED

    def against_average(self, value: Decimal) -> Decimal | None:
        """Per cent by which ``value`` is above the average of the window; None while it is not all known."""
        if self._then is None or not self._points or not self._sum:
            return None
        return (value * len(self._points) / self._sum - 1) * HUNDRED

    def known_since(self) -> Seen | None:
        """The oldest point."""
        oldest = self._then or (self._points[0] if self._points else None)
        return Seen(*oldest) if oldest else None
