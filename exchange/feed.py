"""LiveFeed: an async iterator of events that never gives up.

    async for event in LiveFeed(ws_url, info, budget, demand, clock):
        market.apply(event)

One socket carries everything. Names come from REST first; what is subscribed follows the demand; each
stream is watched, renewed, replaced by its slower way, and tried again; what may be missing after an
interruption is filled from REST or reported as a Gap. ``run_once`` is one turn of its only loop.
"""

import asyncio
import contextlib
import logging
from collections import Counter, deque
from random import Random
from typing import Any

from exchange.budget import Budget
from exchange.chores import Chores
from exchange.clock import Clock
from exchange.decode import decode
from exchange.demand import Demand
from exchange.errors import BadFrame
from exchange.events import Event
from exchange.fallback import Polls
from exchange.feed_chores import FeedChores
from exchange.feed_ear import Ear
from exchange.feed_report import report
from exchange.feed_settings import FeedSettings
from exchange.info import InfoClient
from exchange.link import Link
from exchange.session import Session
from exchange.streams import Streams

log = logging.getLogger(__name__)

MOST_WAITING = 5_000
"""Frames not yet read by the consumer, past which the socket is read no further."""
LOG_AGAIN_SECONDS = 600.0


class LiveFeed:
    """See the module. It starts with the first ``anext``; end it with ``aclose``."""

    def __init__(
        self,
        ws_url: str,
        info: InfoClient,
        budget: Budget,
        demand: Demand,
        clock: Clock,
        settings: FeedSettings | None = None,
    ) -> None:
        self.settings = settings or FeedSettings()
        self.clock = clock
        self.streams = Streams()
        self.chores = Chores()
        self.bad_frames: Counter[str] = Counter()
        self._logged: dict[str, float] = {}
        self._demand = demand
        self._ready: deque[Event] = deque()
        self._frames: deque[tuple[Session, int, float, bytes]] = deque()
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._closed = False
        random = Random(self.settings.seed)
        self.link = Link(ws_url, budget, clock, random, self._on_frames, self._on_lost, self.settings.pace)
        self.ear = Ear(self.streams, self.link, clock)
        self.work = FeedChores(Polls(info, clock), self.chores, self.ear, clock, self.settings, self._yield)

    def __aiter__(self) -> "LiveFeed":
        return self

    async def __anext__(self) -> Event:
        if self._loop is None and not self._closed:
            self._loop = asyncio.create_task(self._run())
        while True:
            if self._ready:
                return self._ready.popleft()
            if self._frames:
                self._hear(*self._frames.popleft())
            elif self._closed:
                raise StopAsyncIteration
            else:
                self._resume()
                self._wake.clear()
                await self._wake.wait()

    async def aclose(self) -> None:
        """End the socket and all work; the iteration ends with what has come so far."""
        self._closed = True
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        await self.chores.stop()
        await self.link.close()
        self._wake.set()

    def report(self) -> dict[str, Any]:
        """What an operator wants to know, as plain values."""
        return report(self.link, self.ear, self.chores, self.bad_frames, self.clock.monotonic())

    def run_once(self) -> None:
        """One turn: follow the demand, judge the streams, start what is due."""
        now = self.clock.monotonic()
        universe = self.ear.universe
        if universe is not None:
            self._yield(self.ear.follow(self._demand.wanted(), now))
            self._yield(self.ear.judge(now))
            self.chores.start("link", self._step)
        self.work.start_due(now, universe)

    async def _run(self) -> None:
        while True:
            try:
                self.run_once()
            except Exception:
                log.exception("a turn of the feed failed")
                self.chores.failures["turn"] += 1
            await self.clock.sleep(self.settings.tick)

    async def _step(self) -> None:
        for subscription in await self.link.step():
            self.ear.asked(subscription)

    # What comes ----------------------------------------------------------------------------------

    def _on_frames(self, session: Session, messages: list[bytes]) -> None:
        at, now = self.clock.now_ms(), self.clock.monotonic()
        for message in messages:
            self._frames.append((session, at, now, message))
        if len(self._frames) > MOST_WAITING and self.link.connection is not None:
            self.link.connection.pause()
        self._wake.set()

    def _on_lost(self, session: Session | None, reason: str) -> None:
        while self._frames:  # what came before the end is heard before it
            self._hear(*self._frames.popleft())
        self._yield(self.ear.lost(session, reason))

    def _resume(self) -> None:
        if self.link.connection is not None:
            self.link.connection.resume()

    def _hear(self, session: Session, at: int, now: float, frame: bytes) -> None:
        try:
            said = decode(frame, at)
        except BadFrame as error:
            self._bad(error, now)
            return
        if isinstance(said, Event):
            self._ready.extend(self.ear.heard(session, said, now))
        else:
            self.work.refill(self.ear.controlled(session, said, now))

    def _bad(self, error: BadFrame, now: float) -> None:
        self.bad_frames[error.kind] += 1
        if now - self._logged.get(error.kind, float("-inf")) > LOG_AGAIN_SECONDS:
            self._logged[error.kind] = now
            log.warning("frame %d of its kind: %s", self.bad_frames[error.kind], error)

    def _yield(self, events: list[Event]) -> None:
        if events:
            self._ready.extend(events)
            self._wake.set()
