"""Budget: what this IP address may ask of the exchange, shared by all processes (API.md section 2).

Two kinds of limits. Spent: REST weight, opened sockets and sent frames, each within a sliding minute.
Held: sockets, subscriptions, tracked users and posts in flight; they are leases, which ``renew`` keeps
and which run out if their holder dies.

An interactive ask (somebody looks at a page) goes before a background one: the last part of each limit
is for interactive asks alone, and background asks wait while an interactive one waits. One of which somebody will
see the answer soon goes before the background, too, but leaves that last part alone. Every ask names its feature;
``ledger`` shows what each used, waited for and was refused.

All processes must agree on the time: the clocks of several machines have to be kept together (NTP).
"""

import asyncio
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from exchange.budget_store import Ask, LedgerLine, Store
from exchange.clock import Clock, SystemClock, pause
from exchange.errors import BudgetExhausted

LONGEST_NAP = 0.5
"""Seconds after which a waiting ask looks again: others correct their reservations downwards."""


class Priority(IntEnum):
    """Who goes first."""

    INTERACTIVE = 0
    SOON = 1
    BACKGROUND = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """The exchange's limits per IP address, and how we share them out (all API.md section 2, D).

    ``window`` is a minute and a second, as the exchange counts at arrival and we before sending.
    ``interactive_share`` is the part of each limit that is for interactive asks alone. Times in seconds.
    """

    weight: int = 1200
    opens: int = 30
    messages: int = 2000
    sockets: int = 10
    subscriptions: int = 1000
    users: int = 10
    posts: int = 100
    window: float = 61.0
    lease: float = 30.0
    interactive_share: float = 0.25

    def ceiling(self, limit: str, priority: Priority) -> int:
        """The most that may be in use after an ask of this priority."""
        most: int = getattr(self, limit)
        if priority is Priority.INTERACTIVE or limit in ("sockets", "posts"):
            return most
        return most - int(most * self.interactive_share)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Weight set aside for a call. ``correct`` it to what the call really cost, once."""

    budget: "Budget"
    ask: Ask

    def correct(self, actual: int) -> None:
        """Give back what was not used, or own up to more."""
        self.budget.store.correct(self.ask, actual)


class Budget:
    """Asked before every REST call, open, subscribe and frame. One per process, over one shared store."""

    def __init__(self, store: Store, limits: Limits | None = None, clock: Clock | None = None) -> None:
        self.store = store
        self.limits = limits or Limits()
        self.clock = clock or SystemClock()
        self._mine: set[tuple[str, str]] = set()
        self.holder = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"

    # Spent ---------------------------------------------------------------------------------------

    def reserve(
        self,
        amount: int,
        feature: str,
        priority: Priority = Priority.INTERACTIVE,
        *,
        limit: str = "weight",
        timeout: float = 10.0,
    ) -> Reservation:
        """Set ``amount`` of weight, opens or messages aside; wait up to ``timeout`` s, else BudgetExhausted."""
        ask = self._ask(limit, amount, feature, priority)
        for seconds in self._waits(ask, timeout):
            pause(self.clock, seconds)
        return Reservation(self, ask)

    async def areserve(
        self,
        amount: int,
        feature: str,
        priority: Priority = Priority.INTERACTIVE,
        *,
        limit: str = "weight",
        timeout: float = 10.0,
    ) -> Reservation:
        """``reserve`` for a coroutine: the store is asked in a thread, waiting is the loop's."""
        ask = self._ask(limit, amount, feature, priority)
        waits = self._waits(ask, timeout)
        while (seconds := await asyncio.to_thread(next, waits, None)) is not None:
            await self.clock.sleep(seconds)
        return Reservation(self, ask)

    def _ask(self, limit: str, amount: int, feature: str, priority: Priority) -> Ask:
        ceiling = self.limits.ceiling(limit, priority)
        return Ask(limit, amount, ceiling, feature, priority is not Priority.BACKGROUND, uuid.uuid4().hex)

    def _waits(self, ask: Ask, timeout: float) -> Iterator[float]:
        """Seconds to wait before looking again, until the ask is granted; ends by BudgetExhausted if it is not."""
        began = self.clock.now_ms()
        window = round(self.limits.window * 1000)
        while True:
            now = self.clock.now_ms()
            wait = self.store.take(ask, window, now, waited=now - began)
            if wait == 0:
                return
            left = began / 1000 + timeout - now / 1000
            if wait is None or left <= 0:
                self.store.give_up(ask)
                after = float("inf") if wait is None else wait / 1000
                raise BudgetExhausted(ask.limit, ask.feature, after)
            yield min(wait / 1000, LONGEST_NAP, left)

    # Held ----------------------------------------------------------------------------------------

    def hold(
        self,
        limit: str,
        name: str,
        feature: str,
        priority: Priority = Priority.INTERACTIVE,
        *,
        amount: int = 1,
    ) -> None:
        """Hold ``amount`` of sockets, subscriptions, users or posts under ``name``, or raise BudgetExhausted.

        A name counts once however many hold it (a user tracked twice costs nothing more). Holding
        again changes the amount: a socket's subscriptions are one lease of that socket's name.
        """
        ask = self._ask(limit, amount, feature, priority)
        now = self.clock.now_ms()
        if not self.store.hold(ask, name, self.holder, now, now + self._lease_ms):
            raise BudgetExhausted(limit, feature, self.limits.lease)
        self._mine.add((limit, name))

    def release(self, limit: str, name: str) -> None:
        """Give back what this process holds under ``name``."""
        self._mine.discard((limit, name))
        self.store.release(limit, name, self.holder)

    def holds(self, limit: str, name: str) -> bool:
        """Whether this process still holds ``name``, as of the last ``renew``, whoever called that."""
        return (limit, name) in self._mine

    def renew(self) -> list[tuple[str, str]]:
        """Keep all leases of this process; call it every third of ``Limits.lease``.

        Returns the (limit, name) of those that had run out: they are no longer ours and must be closed.
        """
        now, mine = self.clock.now_ms(), set(self._mine)
        lost = mine - self.store.renew(self.holder, now, now + self._lease_ms)
        self._mine -= lost
        return sorted(lost)

    @property
    def _lease_ms(self) -> int:
        return round(self.limits.lease * 1000)

    # Seen ----------------------------------------------------------------------------------------

    def usage(self) -> dict[str, tuple[int, int]]:
        """Each limit's (in use now, at most)."""
        window, now = round(self.limits.window * 1000), self.clock.now_ms()
        spent = {name: self.store.spent(name, window, now) for name in ("weight", "opens", "messages")}
        held = {name: self.store.held(name, now) for name in ("sockets", "subscriptions", "users", "posts")}
        return {name: (used, getattr(self.limits, name)) for name, used in (spent | held).items()}

    def ledger(self) -> list[LedgerLine]:
        """What each feature used, waited for, was refused and gave back, since the store began."""
        return self.store.ledger()
