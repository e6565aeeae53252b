"""How long to wait before the next socket is opened (API.md section 2: a reconnect storm sustains itself).

The delay grows with each failure and is forgotten only when *data* came: a server that accepts and
drops is not hammered. Sockets that end within seconds of their opening trip a breaker, data or not.
"""

from random import Random

LEAST_SECONDS = 2.0
MOST_SECONDS = 60.0
GROWTH = 1.7
SHORT_LIFE_SECONDS = 10.0
TRIPS_AT = 4
BREAK_SECONDS = 60.0


class Backoff:
    """One connection's delays. All times are seconds of a monotonic clock."""

    def __init__(self, random: Random, least: float = LEAST_SECONDS, most: float = MOST_SECONDS) -> None:
        self._random = random
        self._least = least
        self._most = most
        self.failures = 0
        self.short_lives = 0
        self._opened_at: float | None = None

    @property
    def tripped(self) -> bool:
        """Whether sockets have been ending so fast that the breaker is open."""
        return self.short_lives >= TRIPS_AT

    def opened(self, now: float) -> None:
        """A socket is open: no reason yet to trust it."""
        self._opened_at = now

    def data(self) -> None:
        """Data came over it."""
        self.failures = 0

    def closed(self, now: float) -> float:
        """It ended, or never opened; how many seconds to wait. The first time after data: none."""
        lived = 0.0 if self._opened_at is None else now - self._opened_at
        if self._opened_at is not None:
            self.short_lives = self.short_lives + 1 if lived < SHORT_LIFE_SECONDS else 0
        self._opened_at = None
        failures, self.failures = self.failures, self.failures + 1
        if self.tripped:
            return BREAK_SECONDS * self._random.uniform(0.75, 1.25)
        if failures == 0 and lived >= self._least:
            return 0.0
        grown = min(self._most, self._least * GROWTH**failures)
        return max(self._least, grown * self._random.uniform(0.75, 1.25))
