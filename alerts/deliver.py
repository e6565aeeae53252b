"""Deliverer: sends what was decided. Any number may run; a message gets there at least once, or its failure shows.

What is due is claimed (``DeliveryQuerySet.claim``), handed to threads, one message to a destination at a time, and
written down when it comes back. A deliverer that dies in between has a claim that runs out: then the message goes
again with the same key, so that a receiver that honours it counts one.
"""

import asyncio
import logging
import os
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from random import Random
from typing import Any

from accounts.rate import Limiter
from alerts.breakers import Breakers
from alerts.database_thread import DatabaseThread
from alerts.delivered import Ended, write_down
from alerts.delivery_stand import Stand
from alerts.models import Delivery
from alerts.sending import send, unusable
from alerts.transports import TRANSPORTS
from exchange import log_id
from exchange.clock import Clock

log = logging.getLogger(__name__)

LOOK_S = 0.05
"""How often an idle deliverer looks for what is due: one query on an index that holds only that."""
CLAIM_MS = 120_000
"""Longer than any try takes; after a crash the message waits so long."""
PAUSE_S = 1.0
SHARE = 0.75
"""Of the threads, at most, for one kind of transport: so a slow mail server does not hold up the rest."""


class Deliverer:
    """``run`` until cancelled; ``run_once`` and ``settle`` for tests. ``stand`` says how it goes."""

    def __init__(
        self,
        clock: Clock,
        limiter: Limiter,
        threads: int,
        give_up_ms: int,
        breakers: Breakers | None = None,
        claim_ms: int = CLAIM_MS,
    ) -> None:
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.clock, self.limiter, self.threads = clock, limiter, threads
        self.give_up_ms, self.claim_ms = give_up_ms, claim_ms
        self.breakers = breakers or Breakers()
        self.stand = Stand(self.holder, clock.now_ms())
        self.database = DatabaseThread("deliverers", clock)
        self._random, self.rounds, self._owes = Random(), 0, False
        self._pool = ThreadPoolExecutor(threads, "send")
        self._going: dict[int, list[Delivery]] = {}
        self._ended: list[Ended] = []
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Deliver until cancelled; then wait for what is under way, and write it down."""
        try:
            while True:
                self._news.clear()
                self.rounds += 1
                try:
                    with log_id.bound(f"deliver.{self.holder[-8:]}.{self.rounds}"):
                        claimed = await self.run_once()
                except Exception:
                    self.stand.failures += 1
                    log.exception("a round of deliveries failed")
                    self._owes = True
                    await self.clock.sleep(PAUSE_S)
                else:
                    await self._rest(claimed)
        finally:
            await asyncio.shield(self.close())

    async def _rest(self, claimed: int) -> None:
        """Until something came back, or it is time to look again. What was claimed may not have been all."""
        if claimed and len(self._going) < self.threads:
            return
        try:
            async with asyncio.timeout(LOOK_S):
                await self._news.wait()
        except TimeoutError:
            pass

    async def run_once(self) -> int:
        """Write down what came back, claim what is due, and hand it over; how many messages were claimed."""
        await self._write()
        if self._owes:
            await self._give_back()
        claimed = 0
        if (room := self.threads - len(self._going)) > 0:
            now = self.clock.now_ms()
            busy, full = list(self._going), self._full()
            parcels = await self.database.run(lambda: self._claim(now, room, busy, full))
            # all come to an end, or one could still be handed over after it was given back
            for failed in await asyncio.gather(*map(self._hand_over, parcels), return_exceptions=True):
                if failed is not None:
                    raise failed
            claimed = len(parcels)
        await self._tell()
        return claimed

    async def settle(self) -> None:
        """Wait for all that is under way, and write it down."""
        while self._going:
            self._news.clear()
            await self._write()
            if self._going:
                await self._news.wait()

    async def close(self) -> None:
        """Settle, and give back what was claimed and not handed over, threads and connection, whatever fails."""
        for step in (self.settle, self._give_back, lambda: self.database.run(self.stand.leave)):
            try:
                await step()
            except Exception:
                log.exception("a deliverer could not end as it should")
        self._pool.shutdown(wait=False)
        self.database.close()

    async def _give_back(self) -> None:
        """What is claimed and not under way, since a round failed or was cancelled, is due at once for anybody."""
        now, busy = self.clock.now_ms(), list(self._going)
        await self.database.run(lambda: Delivery.objects.give_back(self.holder, busy, now))
        self._owes = False

    def _claim(self, now: int, room: int, busy: list[int], full: list[str]) -> list[list[Delivery]]:
        return Delivery.objects.claim(self.holder, now, now + self.claim_ms, room, busy, full)

    def _full(self) -> list[str]:
        """Kinds of which as many are under way as may be."""
        kinds = [rows[0].destination.kind for rows in self._going.values()]
        return [kind for kind in set(kinds) if kinds.count(kind) >= max(1, self.threads * SHARE)]

    async def _hand_over(self, parcel: list[Delivery]) -> None:
        """To a thread, unless there is a reason not to."""
        destination = parcel[0].destination
        transport = TRANSPORTS.get(destination.kind)
        if why := unusable(destination, transport):
            await self.database.run(lambda: Delivery.objects.filter(pk__in=[one.pk for one in parcel]).fail(why))
            return
        name = transport.service(destination.secret) or f"{destination.kind} {destination.pk}"
        verdict = await self.limiter.take(f"to:{destination.pk}", destination.per_minute)
        if not verdict.admitted:
            await self._postpone(verdict.reset, parcel, destination=destination)
            return
        if not self.breakers.admits(name):
            await self._postpone(self.breakers.respite_s, parcel, destination=destination)
            return
        self._going[destination.pk] = parcel
        loop = asyncio.get_running_loop()
        sending = loop.run_in_executor(self._pool, self._send, transport, parcel)
        sending.add_done_callback(lambda done: self._came_back(parcel, name, done.result()))

    async def _postpone(self, seconds: float, parcel: list[Delivery], **which: Any) -> None:
        """The parcel, and all that waits there with it; to a whole second, or each would move all the others."""
        until = (self.clock.now_ms() // 1000 + 1 + ceil(seconds)) * 1000
        await self.database.run(lambda: Delivery.objects.filter(**which).postpone(until, parcel))

    def _send(self, transport: Any, parcel: list[Delivery]) -> Exception | None:
        """In a thread: the error, or None if the receiver has it."""
        return send(transport, parcel, self.clock.now_ms())

    def _came_back(self, parcel: list[Delivery], service: str, error: Exception | None) -> None:
        self._ended.append(Ended(parcel, service, error, self.clock.now_ms()))
        self._news.set()

    async def _write(self) -> None:
        """What came back. It is forgotten only when it is written, so that a database may be away meanwhile."""
        if not (ended := list(self._ended)):
            return
        now = self.clock.now_ms()
        delays = await self.database.run(
            lambda: write_down(ended, self.holder, now, self.give_up_ms, self._random)
        )
        del self._ended[: len(ended)]
        for one in ended:
            self.breakers.ended(one.service, one.error)
            self._going.pop(one.destination.pk, None)
        self.stand.count(ended, delays)

    async def _tell(self) -> None:
        """How it goes, every few seconds."""
        if self.stand.is_due(self.clock.now_ms()):
            trouble = ", ".join(self.breakers.open)
            await self.database.run(lambda: self.stand.write(self.clock.now_ms(), trouble))
