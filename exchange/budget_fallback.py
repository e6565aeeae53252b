"""The Budget's counting while Redis is away: each process counts for itself, and goes on in Redis when it is back.

So a Redis that is away stops nothing that asks the exchange. Several processes together may then use more than
the limits; only the feed that leads asks much. A Redis that comes back empty has forgotten what was spent in this
minute and what is held: so each process always counts its own in memory too, and holds again what is missing.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from exchange.budget_memory import MemoryStore
from exchange.budget_store import Ask, LedgerLine, Store

log = logging.getLogger(__name__)

T = TypeVar("T")
PAUSE = 2.0
"""Seconds after an error for which the shared store is not asked: whoever wants something would wait each time."""


class FallbackStore:
    """Counts in ``shared``, and its own in memory too, which is all while ``shared`` raises one of ``errors``."""

    def __init__(self, shared: Store, errors: tuple[type[Exception], ...]) -> None:
        self.shared, self.errors = shared, errors
        self.memory = MemoryStore()
        self._held: dict[tuple[str, str], tuple[Ask, str]] = {}
        self._away_until = float("-inf")
        self._is_away = False

    def take(self, ask: Ask, window: int, now: int, waited: int) -> int | None:
        """Both must have room: the shared one may have forgotten what we used."""
        if own := self.memory.take(ask, window, now, waited):
            return own
        nothing: int | None = 0
        wait = self._shared(lambda store: store.take(ask, window, now, waited), nothing)
        if wait != 0:
            self.memory.correct(ask, 0)
        return wait

    def give_up(self, ask: Ask) -> None:
        self.memory.give_up(ask)
        self._shared(lambda store: store.give_up(ask), None)

    def correct(self, ask: Ask, actual: int) -> None:
        self.memory.correct(ask, actual)
        self._shared(lambda store: store.correct(ask, actual), None)

    def spent(self, limit: str, window: int, now: int) -> int:
        own = self.memory.spent(limit, window, now)
        return max(own, self._shared(lambda store: store.spent(limit, window, now), own))

    def hold(self, ask: Ask, name: str, holder: str, now: int, expires: int) -> bool:
        if not self.memory.hold(ask, name, holder, now, expires):
            return False
        if not self._shared(lambda store: store.hold(ask, name, holder, now, expires), True):
            self._let_go(ask.limit, name, holder)
            return False
        self._held[ask.limit, name] = ask, holder
        return True

    def release(self, limit: str, name: str, holder: str) -> None:
        self._let_go(limit, name, holder)
        self._shared(lambda store: store.release(limit, name, holder), None)

    def renew(self, holder: str, now: int, expires: int) -> set[tuple[str, str]]:
        """Also holds again what the shared store has forgotten, where there is still room for it."""
        own = self.memory.renew(holder, now, expires)
        renewed = set(self._shared(lambda store: store.renew(holder, now, expires), own))
        for key, (ask, mine) in list(self._held.items()):
            if mine == holder and key not in renewed and self.hold(ask, key[1], holder, now, expires):
                renewed.add(key)
        return renewed

    def held(self, limit: str, now: int) -> int:
        own = self.memory.held(limit, now)
        return self._shared(lambda store: store.held(limit, now), own)

    def ledger(self) -> list[LedgerLine]:
        return self._shared(lambda store: store.ledger(), None) or self.memory.ledger()

    def _let_go(self, limit: str, name: str, holder: str) -> None:
        self._held.pop((limit, name), None)
        self.memory.release(limit, name, holder)

    def _shared(self, ask: Callable[[Store], T], otherwise: T) -> T:
        """What the shared store says, or ``otherwise`` while it is away."""
        if time.monotonic() >= self._away_until:
            try:
                answer = ask(self.shared)
            except self.errors as error:
                self._note(error)
            else:
                if self._is_away:
                    log.warning("what the exchange is asked is counted together again")
                self._is_away = False
                return answer
        return otherwise

    def _note(self, error: Exception) -> None:
        self._away_until = time.monotonic() + PAUSE
        if not self._is_away:
            log.warning("each process counts for itself what it asks the exchange: %s", error)
        self._is_away = True
