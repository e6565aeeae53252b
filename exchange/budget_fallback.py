"""The Budget's counting while Redis is away: each process counts for itself, and goes on in Redis when it is back.

So a Redis that is away stops nothing that asks the exchange. Several processes together may then use more than the
limits; only the feed that leads asks much. What this process holds is held again in a Redis that has forgotten it.
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
    """Counts in ``shared``; while that raises one of ``errors``, in memory."""

    def __init__(self, shared: Store, errors: tuple[type[Exception], ...]) -> None:
        self.shared, self.errors = shared, errors
        self.memory = MemoryStore()
        self._held: dict[tuple[str, str], tuple[Ask, str]] = {}
        self._away_until = float("-inf")
        self._is_away = False

    def take(self, ask: Ask, window: int, now: int, waited: int) -> int | None:
        return self._first(lambda store: store.take(ask, window, now, waited))

    def give_up(self, ask: Ask) -> None:
        self._first(lambda store: store.give_up(ask))

    def correct(self, ask: Ask, actual: int) -> None:
        self._first(lambda store: store.correct(ask, actual))

    def spent(self, limit: str, window: int, now: int) -> int:
        return self._first(lambda store: store.spent(limit, window, now))

    def hold(self, ask: Ask, name: str, holder: str, now: int, expires: int) -> bool:
        is_granted = self._first(lambda store: store.hold(ask, name, holder, now, expires))
        if is_granted:
            self._held[ask.limit, name] = ask, holder
            self.memory.hold(ask, name, holder, now, expires)
        return is_granted

    def release(self, limit: str, name: str, holder: str) -> None:
        self._held.pop((limit, name), None)
        self.memory.release(limit, name, holder)
        self._first(lambda store: store.release(limit, name, holder))

    def renew(self, holder: str, now: int, expires: int) -> set[tuple[str, str]]:
        """Also holds again what the shared store has forgotten, where there is still room for it."""
        self.memory.renew(holder, now, expires)
        renewed = self._first(lambda store: store.renew(holder, now, expires))
        for key, (ask, mine) in list(self._held.items()):
            if mine != holder or key in renewed:
                continue
            if self.hold(ask, key[1], holder, now, expires):
                renewed.add(key)
            else:
                del self._held[key]
        return renewed

    def held(self, limit: str, now: int) -> int:
        return self._first(lambda store: store.held(limit, now))

    def ledger(self) -> list[LedgerLine]:
        return self._first(lambda store: store.ledger())

    def _first(self, ask: Callable[[Store], T]) -> T:
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
        return ask(self.memory)

    def _note(self, error: Exception) -> None:
        self._away_until = time.monotonic() + PAUSE
        if not self._is_away:
            log.warning("each process counts for itself what it asks the exchange: %s", error)
        self._is_away = True
