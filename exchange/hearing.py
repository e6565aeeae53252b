"""Hearing: an async iterator of events over one socket that never gives up; LiveFeed and AccountTracker are such.

``frames`` received and ``events`` told are counted, and ``bad_frames`` by kind.
Frames wait undecoded until the consumer asks for the next event; if too many wait, the socket is read no
further. ``run_once`` is one turn of the only loop; what fails in it is logged and counted, and it goes on.
"""

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections import Counter, deque
from typing import Self

from exchange.chores import Chores
from exchange.clock import Clock
from exchange.controls import Control
from exchange.decode import decode
from exchange.errors import BadFrame
from exchange.events import Event
from exchange.link import Link
from exchange.session import Session

log = logging.getLogger(__name__)

MOST_WAITING = 5_000
"""Frames not yet read by the consumer, past which the socket is read no further."""
LOG_AGAIN_SECONDS = 600.0


class Hearing(ABC):
    """See the module. It starts with the first ``anext``; end it with ``aclose``. Subclasses set ``link``."""

    link: Link

    def __init__(self, clock: Clock, tick: float) -> None:
        self.clock, self._tick = clock, tick
        self.chores = Chores()
        self.bad_frames: Counter[str] = Counter()
        self.frames = self.events = 0
        self._logged: dict[str, float] = {}
        self._ready: deque[Event] = deque()
        self._frames: deque[tuple[Session, int, float, bytes]] = deque()
        self._wake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._closed = False

    @abstractmethod
    def run_once(self) -> None:
        """One turn: judge what is heard, start what is due."""

    @abstractmethod
    def _heard(self, session: Session, said: Event | Control, now: float) -> None:
        """A frame has been read."""

    @abstractmethod
    def _lost(self, session: Session | None, reason: str) -> None:
        """The socket is gone, or did not open; all that came before has been heard."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        if self._loop is None and not self._closed:
            self._loop = asyncio.create_task(self._run())
        while True:
            if self._ready:
                self.events += 1
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

    async def _run(self) -> None:
        while True:
            try:
                self.run_once()
            except Exception:
                log.exception("a turn of %s failed", type(self).__name__)
                self.chores.failures["turn"] += 1
            await self.clock.sleep(self._tick)

    def _on_frames(self, session: Session, messages: list[bytes]) -> None:
        at, now = self.clock.now_ms(), self.clock.monotonic()
        self.frames += len(messages)
        for message in messages:
            self._frames.append((session, at, now, message))
        if len(self._frames) > MOST_WAITING and self.link.connection is not None:
            self.link.connection.pause()
        self._wake.set()

    def _on_lost(self, session: Session | None, reason: str) -> None:
        while self._frames:  # what came before the end is heard before it
            self._hear(*self._frames.popleft())
        self._lost(session, reason)

    def _resume(self) -> None:
        if self.link.connection is not None:
            self.link.connection.resume()

    def _hear(self, session: Session, at: int, now: float, frame: bytes) -> None:
        try:
            said = decode(frame, at)
        except BadFrame as error:
            self._bad(error, now)
            return
        self._heard(session, said, now)

    def _bad(self, error: BadFrame, now: float) -> None:
        self.bad_frames[error.kind] += 1
        if now - self._logged.get(error.kind, float("-inf")) > LOG_AGAIN_SECONDS:
            self._logged[error.kind] = now
            log.warning("frame %d of its kind: %s", self.bad_frames[error.kind], error)

    def _yield(self, events: list[Event]) -> None:
        if events:
            self._ready.extend(events)
            self._wake.set()
