"""Breakers: a server that does not answer is left alone for a while, and then tried with a single message."""

from alerts.transports import Temporary
from exchange.breaker import OPENED, Breaker

FAILURES = 5
"""In a row, after which a server is left alone."""
RESPITE_S = 30.0
MOST = 2000
"""Kept at the same time: destinations come and go."""


class Breakers:
    """By the name of what is behind a transport: a service that all share, or one destination's own server."""

    def __init__(self, failures: int = FAILURES, respite_s: float = RESPITE_S) -> None:
        self.failures, self.respite_s = failures, respite_s
        self._breakers: dict[str, Breaker] = {}

    def admits(self, name: str) -> bool:
        """Whether to send there now; if so, ``ended`` has to follow."""
        if name not in self._breakers:
            self._make_room()
            self._breakers[name] = Breaker(name, self.failures, self.respite_s)
        return self._breakers[name].admits()

    def ended(self, name: str, error: Exception | None) -> None:
        """How it went. Only silence and confusion count: who says "later" or "never" is well."""
        failed = isinstance(error, Temporary) and error.is_down
        self._breakers[name].ended(error if failed else None)

    def _make_room(self) -> None:
        """Those that remember nothing go first, then the oldest; none of which ``ended`` is still to come."""
        if len(self._breakers) < MOST:
            return
        kept = {
            name: breaker
            for name, breaker in self._breakers.items()
            if breaker.is_busy or not breaker.is_closed or breaker.state.failures
        }
        spare = [name for name, breaker in kept.items() if not breaker.is_busy]
        for name in spare[: max(0, len(kept) - MOST // 2)]:
            del kept[name]
        self._breakers = kept

    @property
    def open(self) -> list[str]:
        """Those that are left alone now."""
        return [name for name, breaker in self._breakers.items() if breaker.state.state == OPENED]
