"""The Budget's counting for one process, in memory; the twin of ``budget_redis``."""

from collections import Counter, defaultdict
from threading import Lock

from exchange.budget_store import Ask, LedgerLine

WAITING_MS = 2000
"""An interactive ask that was not repeated for so long does not wait any more."""


class MemoryStore:
    """Safe between threads; not shared between processes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._granted: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)  # limit → id → (at, amount)
        self._waiting: dict[str, dict[str, int]] = defaultdict(dict)  # limit → id → until
        self._leases: dict[str, dict[tuple[str, str], tuple[int, int]]] = defaultdict(dict)
        self._ledger: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def take(self, ask: Ask, window: int, now: int, waited: int) -> int | None:
        with self._lock:
            if ask.amount > ask.ceiling:
                return None
            waiting = self._waiting[ask.limit]
            for id in [id for id, until in waiting.items() if until <= now]:
                del waiting[id]
            wait = self._wait(ask, window, now)
            if wait == 0 and not ask.interactive and waiting:
                wait = 100
            if wait:
                if ask.interactive:
                    waiting[ask.id] = now + WAITING_MS
                return wait
            waiting.pop(ask.id, None)
            self._granted[ask.limit][ask.id] = (now, ask.amount)
            self._note(ask, used=ask.amount, waited=waited)
            return 0

    def _wait(self, ask: Ask, window: int, now: int) -> int:
        """Ms until enough has left the window; the granted are in the order of their times."""
        granted = self._granted[ask.limit]
        for id in [id for id, (at, _) in granted.items() if at <= now - window]:
            del granted[id]
        over = sum(amount for _, amount in granted.values()) + ask.amount - ask.ceiling
        wait, oldest_first = 0, iter(sorted(granted.values()))
        while over > 0:  # ends: without any of the granted, the ask fits
            at, amount = next(oldest_first)
            over, wait = over - amount, max(1, at + window - now)
        return wait

    def give_up(self, ask: Ask) -> None:
        with self._lock:
            self._waiting[ask.limit].pop(ask.id, None)
            self._note(ask, refused=1)

    def correct(self, ask: Ask, actual: int) -> None:
        with self._lock:
            granted = self._granted[ask.limit]
            at, amount = granted.get(ask.id, (0, ask.amount))
            if ask.id in granted:
                granted[ask.id] = (at, actual)
            self._note(ask, used=actual - amount, corrected=amount - actual)

    def spent(self, limit: str, window: int, now: int) -> int:
        with self._lock:
            return sum(amount for at, amount in self._granted[limit].values() if at > now - window)

    def hold(self, ask: Ask, name: str, holder: str, now: int, expires: int) -> bool:
        with self._lock:
            leases = {key: lease for key, lease in self._leases[ask.limit].items() if lease[1] > now}
            before = _total(leases)
            leases[name, holder] = (ask.amount, expires)
            after = _total(leases)
            if after > ask.ceiling and after > before:
                self._note(ask, refused=1)
                return False
            self._leases[ask.limit] = leases
            self._note(ask, used=max(0, after - before))
            return True

    def release(self, limit: str, name: str, holder: str) -> None:
        with self._lock:
            self._leases[limit].pop((name, holder), None)

    def renew(self, holder: str, now: int, expires: int) -> set[tuple[str, str]]:
        renewed = set()
        with self._lock:
            for limit, leases in self._leases.items():
                for (name, who), (amount, until) in leases.items():
                    if who == holder and until > now:
                        leases[name, who] = (amount, expires)
                        renewed.add((limit, name))
        return renewed

    def held(self, limit: str, now: int) -> int:
        with self._lock:
            return _total({key: lease for key, lease in self._leases[limit].items() if lease[1] > now})

    def ledger(self) -> list[LedgerLine]:
        with self._lock:
            return [
                LedgerLine(feature, limit, **counts) for (feature, limit), counts in sorted(self._ledger.items())
            ]

    def _note(self, ask: Ask, **counts: int) -> None:
        self._ledger[ask.feature, ask.limit].update(counts)


def _total(leases: dict[tuple[str, str], tuple[int, int]]) -> int:
    """What (name, holder) → (amount, until) come to, each name once."""
    most: dict[str, int] = {}
    for (name, _), (amount, _until) in leases.items():
        most[name] = max(amount, most.get(name, 0))
    return sum(most.values())
