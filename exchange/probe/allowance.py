"""What the probe may use: it asks the budget that all processes share before it uses anything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from exchange import weights
from exchange.budget import Budget, Priority
from exchange.errors import BudgetExhausted
from exchange.probe.outcome import NotSeen

FEATURE = "probe"
PATIENCE = 150.0
"""Seconds that a question may wait for its weight: the minute passes, and another."""
RENEW_EVERY = 10.0


@dataclass(slots=True)
class Counted:
    """A REST call under way; ``rows`` is filled in from the answer and corrects the reservation."""

    rows: int = 0


class Allowance:
    """The budget as the probe asks it, as background: what it refuses is ``NotSeen``; ``weight`` was spent."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.weight = 0

    @asynccontextmanager
    async def call(self, kind: str) -> AsyncIterator[Counted]:
        """A REST call: its worst weight is reserved, and corrected by ``rows`` at the end."""
        counted = Counted()
        try:
            reserved = await self.budget.areserve(
                weights.worst(kind), FEATURE, Priority.BACKGROUND, timeout=PATIENCE
            )
        except BudgetExhausted as why:
            raise NotSeen(str(why)) from why
        yield counted
        spent = weights.actual(kind, counted.rows)
        self.weight += spent
        reserved.correct(spent)

    async def open_socket(self, name: str) -> None:
        """One more socket."""
        await self._spend("opens")
        self._hold("sockets", name)

    def close_socket(self, name: str) -> None:
        """A socket less, and all that it was subscribed to."""
        for limit in ("sockets", "subscriptions"):
            self.budget.release(limit, name)

    def subscribe(self, socket: str, asked: list[dict[str, Any]]) -> None:
        """What a socket is subscribed to from now on, with the users among it."""
        self._hold("subscriptions", socket, len(asked))
        for user in {one["user"] for one in asked if "user" in one}:
            self._hold("users", user)

    async def frame(self) -> None:
        """One more frame sent."""
        await self._spend("messages")

    def renew(self) -> bool:
        """Keep what is held; False when the budget has taken something back."""
        return not self.budget.renew()

    async def _spend(self, limit: str) -> None:
        try:
            await self.budget.areserve(1, FEATURE, Priority.BACKGROUND, limit=limit, timeout=PATIENCE)
        except BudgetExhausted as why:
            raise NotSeen(str(why)) from why

    def _hold(self, limit: str, name: str, amount: int = 1) -> None:
        try:
            self.budget.hold(limit, name, FEATURE, Priority.BACKGROUND, amount=amount)
        except BudgetExhausted as why:
            raise NotSeen(str(why)) from why
