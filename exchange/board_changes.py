"""ChangesSource: the rows of ``changes:<coin>``, which whoever evaluates alerts works out anyway."""

from collections.abc import Callable

from exchange.board_sources import Candidates, Times, whole
from exchange.clock import Clock
from exchange.market_state import Dirty
from exchange.rows import Rows

EVERY_S = 1.0
"""Prices come once a second, and time passes for what stands still."""

ChangesOf = Callable[[str], Rows]
"""All rows of a coin, by ``<metric>:<ms>``."""


class ChangesSource:
    """``of`` is asked once a second while somebody holds the topic."""

    def __init__(self, coin: str, of: ChangesOf, clock: Clock) -> None:
        self.coin, self.of, self.clock = coin, of, clock
        self._asked = float("-inf")

    def fresh(self) -> Rows:
        return self.of(self.coin)

    def candidates(self, dirty: Dirty, sent: Rows) -> Candidates:
        now = self.clock.monotonic()
        if now - self._asked < EVERY_S:
            return {}
        self._asked = now
        return whole(self.fresh(), sent)

    def times(self) -> Times:
        return None, self.clock.now_ms()
