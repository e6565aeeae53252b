"""What a Budget needs of the place that does its counting; ``budget_memory`` and ``budget_redis`` are twins."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ask:
    """Somebody wants ``amount`` of ``limit``, so that no more than ``ceiling`` is in use afterwards.

    ``interactive``: it goes before those that are not.
    """

    limit: str
    amount: int
    ceiling: int
    feature: str
    interactive: bool
    id: str


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One feature and limit: ``used``, ``corrected`` in the limit's unit, ``waited`` ms, ``refused`` asks."""

    feature: str
    limit: str
    used: int = 0
    waited: int = 0
    refused: int = 0
    corrected: int = 0


class Store(Protocol):
    """Each method is one atomic step. Times in Unix ms."""

    def take(self, ask: Ask, window: int, now: int, waited: int) -> int | None:
        """Grant the ask (0), or say in how many ms it may fit; None: it never will.

        An interactive ask that does not fit holds back background asks of the same limit until it does,
        or is given up, or has not been repeated for two seconds.
        """

    def give_up(self, ask: Ask) -> None:
        """The ask is not repeated: count it as refused."""

    def correct(self, ask: Ask, actual: int) -> None:
        """Change a granted ask to ``actual``."""

    def spent(self, limit: str, window: int, now: int) -> int:
        """What was granted within the window."""

    def hold(self, ask: Ask, name: str, holder: str, now: int, expires: int) -> bool:
        """Lease ``ask.amount`` under ``name``; names held by several count once, with the largest amount."""

    def release(self, limit: str, name: str, holder: str) -> None:
        """End a lease."""

    def renew(self, holder: str, now: int, expires: int) -> set[tuple[str, str]]:
        """Lengthen all leases of a holder that have not run out; returns their (limit, name)."""

    def held(self, limit: str, now: int) -> int:
        """What is leased."""

    def ledger(self) -> list[LedgerLine]:
        """All lines, by feature and limit."""
