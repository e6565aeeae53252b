"""Breaker: what does not answer is left alone for a while, and then tried with a single call.

The library is purgatory: pybreaker holds a lock while a call lasts, so threads would go one after the other. Its
own state is not made for threads; here they may share one. Its respite is counted in the system's time, whatever
clock the callers have: what it protects is a real server.
"""

from dataclasses import dataclass
from threading import Lock

from purgatory import SyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

CLOSED, HALF_OPENED, OPENED = "closed", "half-opened", "opened"


@dataclass(frozen=True, slots=True)
class BreakerState:
    """``state`` is ``closed`` (all is well), ``opened`` (left alone) or ``half-opened`` (tried with one call).

    ``since``: Unix ms at which it opened, while it is not closed; ``failures`` in a row, while it is.
    """

    state: str
    since: int | None
    failures: int


class Breaker:
    """One thing that may be down. Ask ``admits`` before a call, and say ``ended`` after one that was admitted."""

    def __init__(self, name: str, failures: int = 5, respite_s: float = 30.0) -> None:
        """``failures`` in a row open it, for ``respite_s`` seconds."""
        self.name, self.respite_s = name, respite_s
        self._breaker = SyncCircuitBreakerFactory(failures, respite_s).get_breaker(name)
        self._lock = Lock()
        self._under_way = 0
        self._opened_at: float | None = None

    @property
    def state(self) -> BreakerState:
        """How it stands, for those who show it."""
        with self._lock:
            context = self._breaker.context
            since = None if self._opened_at is None else round(self._opened_at * 1000)
            return BreakerState(context.state, since, context.failure_count or 0)

    @property
    def is_closed(self) -> bool:
        """Whether calls are admitted without ado."""
        return bool(self._breaker.context.state == CLOSED)

    @property
    def is_busy(self) -> bool:
        """Whether a call is under way, so that ``ended`` is still to come."""
        return self._under_way > 0

    def admits(self) -> bool:
        """Whether to call now; if so, ``ended`` has to follow."""
        with self._lock:
            if self._breaker.context.state == HALF_OPENED and self._under_way:
                return False
            try:
                self._breaker.__enter__()
            except OpenedState:
                return False
            self._under_way += 1
            return True

    def ended(self, failure: BaseException | None = None) -> None:
        """How the call went; ``failure`` only if it says that nobody is there."""
        with self._lock:
            self._under_way -= 1
            if self._breaker.context.state != OPENED:  # what began before it opened changes nothing
                self._breaker.__exit__(type(failure) if failure else None, failure, None)
            self._note()

    def _note(self) -> None:
        """Since when it is open: purgatory begins anew with each try that fails."""
        context = self._breaker.context
        if context.state == CLOSED:
            self._opened_at = None
        elif self._opened_at is None:
            self._opened_at = context.opened_at
