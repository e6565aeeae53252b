"""Measures in the background, so that the health page answers at once and never with a constant."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings

from exchange.clock import Clock, SystemClock
from monitoring import lines, measure
from monitoring.asides import asides
from monitoring.check import UP, Check
from monitoring.disk import Disk
from monitoring.health import UNKNOWN, Measured, Service, Upstream
from monitoring.line import Line
from monitoring.told import NOTHING_TOLD

__all__ = ["Check", "Monitor", "monitor"]

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
PATIENCE_SECONDS = 1.5
"""A service that has not answered by then counts as down. Round and patience stay under the 5 s of a report."""


class Monitor:
    """One per process; ``measured`` is its newest round, the only source of whatever tells how things are.

    ``upstream`` is asked what the feed last said of the exchange, ``spent`` (it may block) for the budget.
    ``listeners`` get each round.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.upstream: Callable[[], Upstream] = lambda: UNKNOWN
        self.spent: Callable[[], dict[str, Any]] = dict
        self.listeners: list[Callable[[Measured], None]] = []
        self.measured: Measured | None = None
        self.database = Check("The database", lambda: measure.database())
        self.replica = Check("The replica", lambda: measure.replica())
        self.redis = Check("Redis", lambda: measure.redis())
        self.told = Check("What others wrote", self._look_at_rows)
        self.disk = Check("The disk", self._look_at_disks)
        self.budget = Check("The budget", self._look_at_budget)
        self._told, self._budget = NOTHING_TOLD, dict[str, Any]()
        self._disks: list[Disk] | None = None
        self._began = time.monotonic()

    async def tick(self) -> None:
        """Measure once; takes as long as the slowest service, at most ``PATIENCE_SECONDS``."""
        checks = (self.database, self.replica, self.redis, self.told, self.disk, self.budget)
        found = await asyncio.gather(*(check.look(PATIENCE_SECONDS) for check in checks))
        database, replica, redis, _, disk, _ = found
        now, upstream = self.clock.now_ms(), self.upstream()
        self.measured = measured = Measured(
            at=now,
            uptime=round((time.monotonic() - self._began) * 1000),
            memory=measure.memory(),
            database=database,
            redis=redis,
            upstream=upstream,
            told=self._told,
            lines=self._lines(now, upstream, database, replica, redis, disk),
            asides=asides(self._told, self._budget, upstream.api_breaker),
        )
        for listener in self.listeners:
            listener(measured)

    def _lines(
        self, now: int, upstream: Upstream, database: Service, replica: Service, redis: Service, disk: Service
    ) -> dict[str, Line]:
        """All of them, in the order in which they are shown."""
        told, config = self._told, settings.CONFIG
        found = (
            lines.server_line("database", database),
            lines.replica_line(replica),
            lines.server_line("redis", redis),
            lines.websocket_line(upstream),
            lines.api_line(upstream),
            lines.feed_line(upstream, told, now, redis),
            lines.evaluator_line(told, now),
            lines.deliverer_line(told, now),
            lines.snapshots_line(told, now),
            lines.disk_line(self._disks if disk.connected else None, config.disk_low_mb, config.disk_full_mb),
        )
        return {line.service: line for line in found}

    def _look_at_rows(self) -> Service:
        """In a thread."""
        self._told = measure.told(self.clock.now_ms())
        return UP

    def _look_at_disks(self) -> Service:
        """In a thread."""
        self._disks = measure.disks()
        return UP

    def _look_at_budget(self) -> Service:
        """In a thread."""
        self._budget = self.spent()
        return UP

    async def run(
        self, upstream: Callable[[], Upstream], spent: Callable[[], dict[str, Any]] | None = None
    ) -> None:
        """Measure until cancelled. One round that fails is logged and does not end the rounds."""
        self.upstream, self.spent = upstream, spent or dict
        while True:
            try:
                await self.tick()
            except Exception:
                log.exception("A round of health measurements failed")
            await self.clock.sleep(EVERY_SECONDS)


monitor = Monitor()
