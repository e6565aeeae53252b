"""Mirror: a web process's copy of the Board, kept in memory by one channel-layer subscription.

Pages take their first paint from ``mirror.snapshot(topic)``; the fan-out hands the frames on. Snapshots
are never changed once handed out, so a thread may read one while the next is being made. Without
Redis or feed it goes on serving what it has, and each snapshot says how old it is.
"""

import asyncio
import logging
import time
import uuid
from contextlib import suppress
from typing import Any

from dashboard.groups import FEEDS, MIRRORS, cache_key
from dashboard.link import Link, tend
from dashboard.mirror_rows import Applied, Listener, Replica, Snapshot
from exchange import log_id
from exchange.board import ALWAYS
from exchange.rows import STATUS_KEY
from monitoring import tracing

__all__ = ["Mirror", "Snapshot", "mirror"]

log = logging.getLogger(__name__)

DEMAND_EVERY = 5.0
HEAL_EVERY = 0.5
LINGER = 15.0
"""Seconds that a page's first paint keeps its topic, until its socket has joined."""


class Mirror:
    """One per process: ``from dashboard.mirror import mirror``. ``listeners`` get all that one message changed."""

    def __init__(self) -> None:
        self.name = uuid.uuid4().hex
        self.replicas: dict[str, Replica] = {topic: Replica(topic) for topic in ALWAYS}
        self.listeners: list[Listener] = []
        self._holders: dict[str, set[object]] = {}
        self._layer: Any = None
        self._cache: Any = None
        self._link: Link | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._lingering: set[asyncio.TimerHandle] = set()
        self._epoch, self._marks, self._because = 0, dict[str, str](), ""
        self._heard = float("-inf")
        self._wants_demand, self._wants_healing = asyncio.Event(), asyncio.Event()

    # What pages and the fan-out ask -------------------------------------------------------------

    def snapshot(self, topic: str) -> Snapshot | None:
        """The rows of a topic now, or None if it is not held or nothing has come yet. Callable from any thread."""
        replica = self.replicas.get(topic)
        return replica.snapshot if replica else None

    async def hold(self, topic: str, holder: object) -> None:
        """Ask the feed for a topic until ``release``; ``markets`` and ``status`` always come."""
        self._holders.setdefault(topic, set()).add(holder)
        if topic not in self.replicas:
            self.replicas[topic] = Replica(topic)
            self._marks, self._because = tracing.marks(), log_id.current()
            self._wants_demand.set()
            self._wants_healing.set()

    async def release(self, topic: str, holder: object) -> None:
        """End a ``hold``; the feed forgets the topic a while after its last holder."""
        self._release(topic, holder)

    def _release(self, topic: str, holder: object) -> None:
        holders = self._holders.get(topic, set())
        holders.discard(holder)
        if not holders and self._holders.pop(topic, None) is not None and topic not in ALWAYS:
            self.replicas.pop(topic, None)
            self._wants_demand.set()

    async def wait(self, topic: str, timeout: float) -> Snapshot | None:
        """Hold the topic for a short while and wait for its first rows: what a page's first paint calls."""
        holder = object()
        await self.hold(topic, holder)
        loop = asyncio.get_running_loop()
        handle = loop.call_later(LINGER + timeout, lambda: self._let_go(topic, holder, handle))
        self._lingering.add(handle)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self.replicas[topic].filled.wait()
        return self.snapshot(topic)

    def status(self) -> dict[str, Any]:
        """``feed``: that row of ``status`` or None; ``streams``: name → row; ``age``: ms since the feed spoke."""
        rows = dict(snapshot.rows) if (snapshot := self.snapshot("status")) else {}
        silent = time.monotonic() - self._heard
        return {
            "feed": rows.pop(STATUS_KEY, None),
            "streams": rows,
            "age": None if silent == float("inf") else round(silent * 1000),
        }

    # Running -----------------------------------------------------------------------------------

    async def start(self, layer: Any, cache: Any) -> None:
        """Subscribe and read the Board; both go on being tried while Redis is away."""
        self._layer, self._cache, self._link = layer, cache, Link(layer, MIRRORS)
        self._wants_healing.set()
        self._wants_demand.set()
        self._tasks = [
            asyncio.create_task(tend("listening to the feed", self._listen)),
            asyncio.create_task(tend("healing the mirror", self._heal)),
            asyncio.create_task(tend("telling the feed what is wanted", self._announce)),
        ]

    async def stop(self) -> None:
        """End the loops and tell the feed that nothing is wanted any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for handle in self._lingering:
            handle.cancel()
        if self._link:
            await self._link.leave()
            try:
                async with asyncio.timeout(1.0):
                    await self._tell({"type": "demand", "holder": self.name, "topics": []})
            except Exception as error:
                log.info("could not say goodbye to the feed: %s", error)

    async def _tell(self, message: dict[str, Any]) -> None:
        await self._layer.group_send(FEEDS, message)

    async def _listen(self) -> None:
        if self._link:
            self.take(await self._link.receive())

    async def _heal(self) -> None:
        await self._wants_healing.wait()
        self._wants_healing.clear()
        broken = [topic for topic, replica in self.replicas.items() if replica.is_broken]
        for topic, frame in (await self._read(broken)).items():
            if replica := self.replicas.get(topic):
                self._deliver(replica.adopt(frame))
        if broken := [topic for topic, replica in self.replicas.items() if replica.is_broken]:
            await self._tell({"type": "resync", "topics": broken})
            asyncio.get_running_loop().call_later(HEAL_EVERY, self._wants_healing.set)
            await asyncio.sleep(HEAL_EVERY / 5)

    async def _announce(self) -> None:
        topics, marks = sorted(self.replicas.keys() - ALWAYS), self._marks | {"id": self._because}
        self._marks, self._because = {}, ""
        await self._tell({"type": "demand", "holder": self.name, "topics": topics, **marks})
        with suppress(TimeoutError):
            async with asyncio.timeout(DEMAND_EVERY):
                await self._wants_demand.wait()
        self._wants_demand.clear()

    async def _read(self, topics: list[str]) -> dict[str, bytes]:
        """The whole frames of these topics that the cache has."""
        keys = {cache_key(topic): topic for topic in topics}
        found = await asyncio.to_thread(self._cache.get_many, list(keys)) if keys else {}
        return {keys[key]: frame for key, frame in found.items()}

    # Messages of the feed ----------------------------------------------------------------------

    def take(self, message: dict[str, Any]) -> None:
        """One message of the feed: ``board.changes`` are applied, ``board.stored`` heals what has holes."""
        if message["type"] != "board.changes":
            self._wants_healing.set()
            return
        if message["epoch"] < self._epoch:  # from a leader that was replaced and does not know it yet
            return
        if message["epoch"] > self._epoch:  # a new leader knows nothing of what we want
            self._epoch = message["epoch"]
            self._wants_demand.set()
        applied: list[Applied] = []
        for topic, _seq, _full, frame in message["changes"]:
            if topic == "status":
                self._heard = time.monotonic()
            if replica := self.replicas.get(topic):
                applied += replica.apply(frame)
                if replica.is_broken:
                    self._wants_healing.set()
        self._deliver(applied)
        for topic, seq in message.get("standing", {}).items():  # tells of a last frame that was lost
            if (replica := self.replicas.get(topic)) and replica.should_be_at(message["epoch"], seq):
                self._wants_healing.set()

    def _deliver(self, applied: list[Applied]) -> None:
        if applied:
            for listener in self.listeners:
                listener(applied)

    def _let_go(self, topic: str, holder: object, handle: asyncio.TimerHandle) -> None:
        self._lingering.discard(handle)
        self._release(topic, holder)


mirror = Mirror()
