"""What the feed does by REST besides its socket: names, polls in place of streams, filling in, auditing."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from exchange.chores import Chores
from exchange.clock import Clock
from exchange.events import Event
from exchange.fallback import Polls
from exchange.feed_ear import Ear
from exchange.feed_settings import FeedSettings
from exchange.stream import Stream
from exchange.universe import Universe

DOUBTED_EVERY = 30.0
"""Seconds between two readings of the universe because of unknown names."""
FIRST_RETRY, MOST_RETRY = 2.0, 60.0
NO_SOCKET_SECONDS = 30.0
"""So long without data, everything that can be is asked for by REST."""
AT_ONCE = 4
"""Polls that run at a time: they share threads with other work."""


class FeedChores:
    """``start_due`` starts what is due; each answer becomes events, given to ``deliver``."""

    def __init__(
        self,
        polls: Polls,
        chores: Chores,
        ear: Ear,
        clock: Clock,
        settings: FeedSettings,
        deliver: Callable[[list[Event]], None],
    ) -> None:
        self._polls, self._chores, self._ear, self._clock = polls, chores, ear, clock
        self._settings, self._deliver = settings, deliver
        self._universe_at = self._read_at = float("-inf")
        self._retry = FIRST_RETRY
        self._audited_at: dict[str, float] = {}
        self._places = asyncio.Semaphore(AT_ONCE)

    def start_due(self, now: float, universe: Universe | None) -> None:
        """One turn of the feed's loop."""
        if now >= self._universe_at:
            self._chores.start("universe", self._read_universe)
        if universe is None:
            return
        if self._ear.doubts:
            self._universe_at = min(self._universe_at, max(now, self._read_at + DOUBTED_EVERY))
        no_socket = now - self._ear.healthy_at > NO_SOCKET_SECONDS
        for stream in self._ear.streams.to_poll(now, no_socket):
            self._chores.start(f"poll {stream.name}", partial(self._poll, stream, universe))
        self._start_audits(now)

    def refill(self, stream: Stream | None) -> None:
        """Fill in what a stream may have missed."""
        if stream is not None:
            self._chores.start(f"refill {stream.name}", partial(self._refill, stream))

    async def _read_universe(self) -> None:
        try:
            universe = await self._in_thread(self._polls.universe)
        except Exception:
            self._retry = min(self._retry * 2, MOST_RETRY)
            self._universe_at = self._clock.monotonic() + self._retry
            raise
        self._read_at = self._clock.monotonic()
        self._universe_at, self._retry = self._read_at + self._settings.universe_every, FIRST_RETRY
        self._deliver(self._ear.learn(universe))

    async def _poll(self, stream: Stream, universe: Universe) -> None:
        answer = await self._in_thread(partial(self._polls.poll, stream.name, universe))
        if self._ear.streams.by_name.get(stream.name) is not stream:
            return
        stream.heard_by_poll(self._clock.monotonic())
        if not stream.name.startswith("trades:"):
            self._deliver([said for event in answer for said in self._ear.passed_on(event)])
            return
        coin, tapes = stream.name.removeprefix("trades:"), self._ear.tapes
        if stream.way.poll:
            tapes.interrupt(coin, "polled")
        was_broken = tapes.is_broken(coin)
        self._deliver([said for event in answer for said in self._ear.passed_on(event, replayed=1)])
        if was_broken:  # of what happened since then the answer says nothing
            tapes.interrupt(coin, "polled")

    async def _refill(self, stream: Stream) -> None:
        coin, _, interval = stream.name.removeprefix("candle:").rpartition(":")
        self._deliver(await self._in_thread(partial(self._polls.bars, coin, interval)))

    def _start_audits(self, now: float) -> None:
        names = [name for name in self._ear.streams.by_name if name.startswith(("trades:", "candle:"))]
        self._audited_at = {name: self._audited_at.get(name, now) for name in names}
        for name, at in self._audited_at.items():
            if now - at >= self._settings.audit_every:
                self._audited_at[name] = now
                stream = self._ear.streams.by_name[name]
                work = self._audit if name.startswith("trades:") else self._refill
                self._chores.start(f"audit {name}", partial(work, stream))

    async def _audit(self, stream: Stream) -> None:
        coin = stream.name.removeprefix("trades:")
        if span := self._ear.tapes.to_audit(coin, self._clock.now_ms()):
            bars = await self._in_thread(partial(self._polls.minutes, coin, *span))
            self._deliver(list(self._ear.tapes.audit(coin, bars, span[1], self._clock.now_ms())))

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        async with self._places:
            return await asyncio.to_thread(work)
