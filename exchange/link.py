"""Link: keeps one socket open, within the budget, and sends what its session has to ask."""

import asyncio
from collections.abc import Callable
from random import Random

from exchange.backoff import Backoff
from exchange.budget import Budget
from exchange.clock import Clock
from exchange.connection import CannotConnect, Connection
from exchange.errors import BudgetExhausted
from exchange.fallback import FEATURE
from exchange.session import Session
from exchange.subscriptions import Subscription

FULL_SECONDS = 10.0
"""Pause after the budget had no room for more subscriptions or frames."""


class Link:
    """``on_frames(session, messages)`` and ``on_lost(session, reason)`` are called as things come.

    ``session`` is None while there is no socket; ``reason`` says why. All opens, subscriptions and
    frames are asked of the budget first, as ``name``'s and on behalf of ``feature``.
    """

    def __init__(
        self,
        url: str,
        budget: Budget,
        clock: Clock,
        random: Random,
        on_frames: Callable[[Session, list[bytes]], None],
        on_lost: Callable[[Session | None, str], None],
        pace: float,
        name: str = "market",
        feature: str = FEATURE,
    ) -> None:
        self.name, self._feature = name, feature
        self._url, self._budget, self._clock, self._pace = url, budget, clock, pace
        self._on_frames, self._on_lost = on_frames, on_lost
        self.backoff = Backoff(random)
        self.session: Session | None = None
        self.connection: Connection | None = None
        self.reason = "not connected yet"
        self.opened = 0
        self.next_open = 0.0
        self._sent_at = 0.0
        self._renewed_at = clock.monotonic()

    async def step(self) -> list[Subscription]:
        """Open a socket if it is time to, or send what is due; the subscriptions that were asked for."""
        now = self._clock.monotonic()
        if now - self._renewed_at > self._budget.limits.lease / 3:
            self._renewed_at = now
            await self._renew()
        if self.session is None:
            if now >= self.next_open:
                await self._open()
            return []
        if self.session.is_dead(now):
            self.drop("no answer to our ping")
            return []
        if ping := self.session.ping(now):
            await self._budget.areserve(1, self._feature, limit="messages")
            self._send([ping])
        return await self._ask(self.session)

    def drop(self, reason: str) -> None:
        """End the socket, if there is one."""
        if self.session is not None and self.connection is not None:
            self.connection.close()
            self._lost(self.session, reason)

    async def close(self) -> None:
        """End for good."""
        session, self.session = self.session, None
        if self.connection is not None:
            self.connection.close()
        if session is not None:
            await asyncio.to_thread(self._release, session.name)

    async def _open(self) -> None:
        self.opened += 1
        session = Session(f"{self.name}-{self.opened}", self._clock.monotonic())
        try:
            await self._budget.areserve(1, self._feature, limit="opens")
            await asyncio.to_thread(self._budget.hold, "sockets", session.name, self._feature)
        except BudgetExhausted:
            self.next_open = self._clock.monotonic() + FULL_SECONDS
            raise
        try:
            connection = await Connection.open(
                self._url,
                lambda messages: self._on_frames(session, messages),
                lambda reason: self._lost(session, reason),
            )
        except CannotConnect as error:
            await asyncio.to_thread(self._release, session.name)
            self._wait(f"cannot connect: {error}")
            self._on_lost(None, self.reason)
            return
        session.opened_at = session.pinged_at = self._sent_at = self._clock.monotonic()
        self.backoff.opened(session.opened_at)
        self.session, self.connection = session, connection
        if connection.is_gone:
            self._lost(session, "ended at once")

    async def _ask(self, session: Session) -> list[Subscription]:
        now = self._clock.monotonic()
        count = min(len(session.outbox), int(self._pace * min(1.0, now - self._sent_at)))
        if not count or now < session.paused_until:
            return []
        try:
            amount = len(session.asked)
            hold = self._budget.hold
            await asyncio.to_thread(hold, "subscriptions", session.name, self._feature, amount=amount)
            await self._budget.areserve(count, self._feature, limit="messages")
        except BudgetExhausted:
            session.paused_until = now + FULL_SECONDS
            raise
        if session is not self.session:
            return []
        now = self._sent_at = self._clock.monotonic()
        frames = session.take(count, now)
        self._send([frame for _, frame in frames])
        return [subscription for subscription, _ in frames]

    def _send(self, frames: list[bytes]) -> None:
        if self.connection is not None:
            for frame in frames:
                self.connection.send(frame)

    def _lost(self, session: Session, reason: str) -> None:
        if session is not self.session:
            return
        self.session = self.connection = None
        self._wait(reason)
        self._release(session.name)
        self._on_lost(session, reason)

    def _wait(self, reason: str) -> None:
        now = self._clock.monotonic()
        self.reason, self.next_open = reason, now + self.backoff.closed(now)

    def _release(self, name: str) -> None:
        self._budget.release("sockets", name)
        self._budget.release("subscriptions", name)

    async def _renew(self) -> None:
        """Keep our leases; a socket whose lease ran out (a long pause of the process) is not ours any more."""
        await asyncio.to_thread(self._budget.renew)
        if self.session is not None and not self._budget.holds("sockets", self.session.name):
            self.drop("its lease had run out")
