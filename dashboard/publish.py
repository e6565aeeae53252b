"""Publish: what changed on the Board goes to all web processes in one message, and whole into the cache.

Changes are gathered for ``GATHER`` seconds, so that however many events come, the channel layer
carries at most some 70 messages a second. The cache holds each topic whole, at most a second old.
"""

import asyncio
import logging
import time
from typing import Any

from dashboard.groups import FEEDS, MIRRORS, cache_key
from dashboard.link import Link, tend
from exchange import log_id
from exchange.board import ALWAYS, Board, Change
from exchange.clock import Clock
from exchange.demand import Demand
from monitoring.tracing import leg

log = logging.getLogger(__name__)

GATHER = 0.015
STORE_EVERY = 1.0
HOLD_EVERY = 0.25
KEPT = 60
KEPT_ALWAYS = 86_400
"""Seconds that the cache keeps a coin's topic, and ``markets`` and ``status``: old figures with age beat none."""


class Publisher:
    """Turns the Board. ``run`` for ever, or ``tick`` once; ``take`` one message of a web process or a leader.

    ``overruled`` is set once a later leader has been heard of, whose epoch is then ``latest``.
    """

    def __init__(self, board: Board, demand: Demand, layer: Any, cache: Any, clock: Clock) -> None:
        self.board, self.demand, self.layer, self.cache, self.clock = board, demand, layer, cache, clock
        self._unstored: set[str] = set()
        self._asked: set[str] = set()
        self._stored_at = self._held_at = float("-inf")
        self._ticked_at: float | None = None
        self._worst_wait = 0.0
        self.latest, self.overruled = board.epoch, asyncio.Event()

    async def run(self) -> None:
        """Publish until cancelled; while Redis is away the Market goes on, and mirrors heal afterwards."""

        async def turn() -> None:
            await self.tick()
            await self.clock.sleep(GATHER)

        await tend("publishing", turn)

    async def listen(self) -> None:
        """Take messages of web processes, and of whoever leads, until cancelled."""
        link = Link(self.layer, FEEDS)

        async def turn() -> None:
            self.take(await link.receive())

        try:
            await tend("hearing what web processes want", turn)
        finally:
            await asyncio.shield(link.leave())

    async def tick(self) -> list[Change]:
        """Send what changed, and store what is due."""
        now = self.clock.monotonic()
        if now - self._held_at >= HOLD_EVERY:
            self._held_at = now
            self.board.hold(map(str, self.demand.wanted()))
        began = time.monotonic()
        changes = self.board.collect()
        due = now - self._stored_at >= STORE_EVERY
        if changes or due:
            await self._send(changes, with_standing=due)
        if due:  # a leader that the database cannot tell that it was replaced hears it here
            await self.layer.group_send(FEEDS, {"type": "leads", "epoch": self.board.epoch})
        if due or self._asked:
            await self._store(due)
        self._note_wait(began, due)
        return changes

    def take(self, message: dict[str, Any]) -> None:
        """``demand`` (holder, topics) or ``resync`` (topics) of a web process; ``leads`` (epoch) of a leader."""
        if message["type"] == "demand":
            with log_id.bound(message.get("id") or log_id.current()), leg("queue.process", "demand", message):
                log.debug("%s wants %d topics", message["holder"], len(message["topics"]))
                self.demand.hold(message["holder"], message["topics"])
            self._held_at = float("-inf")
        elif message["type"] == "resync":
            self._asked.update(message["topics"])
        elif message["type"] == "leads" and message["epoch"] > self.latest:
            self.latest = message["epoch"]
            self.overruled.set()

    async def _send(self, changes: list[Change], with_standing: bool) -> None:
        message: dict[str, Any] = {
            "type": "board.changes",
            "epoch": self.board.epoch,
            "changes": [[change.topic, change.seq, change.full, change.frame] for change in changes],
        }
        if with_standing:
            message["standing"] = self.board.standing()
        self._unstored.update(change.topic for change in changes)
        await self.layer.group_send(MIRRORS, message)

    async def _store(self, due: bool) -> None:
        """Whole frames into the cache: what changed once a second, what a mirror asks for at once."""
        topics = self._asked | (self._unstored if due else set())
        asked, self._asked = self._asked, set()
        self._unstored -= topics
        self._stored_at = self.clock.monotonic() if due else self._stored_at
        frames = {topic: full.frame for topic in topics if (full := self.board.full(topic))}
        for kept, names in ((KEPT, frames.keys() - ALWAYS), (KEPT_ALWAYS, frames.keys() & ALWAYS)):
            entries = {cache_key(topic): frames[topic] for topic in names}
            if entries:
                await asyncio.to_thread(self.cache.set_many, entries, kept)
        if asked & frames.keys():
            stored = {"type": "board.stored", "topics": sorted(asked & frames.keys())}
            await self.layer.group_send(MIRRORS, stored)

    def _note_wait(self, began: float, due: bool) -> None:
        """A change waits at most from the last tick to the end of this one; the worst of a second is told."""
        waited = time.monotonic() - (self._ticked_at or began)
        self._ticked_at = began
        self._worst_wait = max(self._worst_wait, waited)
        if due:
            self.board.lag_ms, self._worst_wait = round(self._worst_wait * 1000), 0.0
