"""Breakers: a server that does not answer is left alone for a while, and then tried with a single message.

The library is purgatory: pybreaker holds a lock while a call lasts, so threads would send one after the other. Its
state is touched by one thread alone: ``admits`` before a message is handed over, ``ended`` after it came back.
"""

from typing import Any

from purgatory import SyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from alerts.transports import Temporary

FAILURES = 5
"""In a row, after which a server is left alone."""
RESPITE_S = 30.0


class Breakers:
    """By the name of what is behind a transport: a service that all share, or one destination's own server."""

    def __init__(self, failures: int = FAILURES, respite_s: float = RESPITE_S) -> None:
        self.respite_s = respite_s
        self._factory = SyncCircuitBreakerFactory(failures, respite_s)
        self._under_way: dict[str, list[Any]] = {}

    def admits(self, name: str) -> bool:
        """Whether to send there now; if so, ``ended`` has to follow."""
        breaker = self._factory.get_breaker(name)
        going = self._under_way.setdefault(name, [])
        if breaker.context.state == "half-opened" and going:
            return False
        try:
            breaker.__enter__()
        except OpenedState:
            return False
        going.append(breaker)
        return True

    def ended(self, name: str, error: Exception | None) -> None:
        """How it went. Only silence and confusion count: who says "later" or "never" is well."""
        breaker = self._under_way[name].pop()
        failed = isinstance(error, Temporary) and error.is_down
        breaker.__exit__(type(error) if failed else None, error if failed else None, None)

    @property
    def open(self) -> list[str]:
        """Those that are left alone now."""
        return [name for name in self._under_way if self._factory.get_breaker(name).context.state == "opened"]
