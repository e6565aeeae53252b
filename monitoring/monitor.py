"""Measures in the background, so that the health page answers at once and never with a constant."""

import asyncio
import logging
import time
from collections.abc import Callable

from exchange.clock import Clock, SystemClock
from monitoring import measure
from monitoring.alerts_lag import NO_LAG
from monitoring.health import UNKNOWN, Measured, Service, Upstream

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
PATIENCE_SECONDS = 1.5
"""A service that has not answered by then counts as down. Round and patience stay under the 5 s of a report."""

UP = Service(available=True, connected=True)
DOWN = Service(available=True, connected=False)


class Check:
    """Asks one service in a thread; while an old question hangs, no new one is put on top of it."""

    def __init__(self, name: str, ask: Callable[[], Service]) -> None:
        self.name = name
        self.ask = ask
        self._asked: asyncio.Task[Service] | None = None
        self._was_up = True

    async def look(self, patience: float) -> Service:
        """The service's answer, or that it is down, after ``patience`` seconds at most."""
        if self._asked is None:
            self._asked = asyncio.create_task(asyncio.to_thread(self.ask))
        await asyncio.wait({self._asked}, timeout=patience)
        if not self._asked.done():
            return self._found(DOWN, "no answer")
        asked, self._asked = self._asked, None
        error = asked.exception()
        return self._found(DOWN, repr(error)) if error else self._found(asked.result(), "")

    def _found(self, service: Service, why: str) -> Service:
        up = service.connected or not service.available
        if up != self._was_up:
            log.log(logging.INFO if up else logging.ERROR, "%s is %s", self.name, "back" if up else f"down: {why}")
        self._was_up = up
        return service


class Monitor:
    """One per process. ``upstream`` is asked what the feed last said of the exchange."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.upstream: Callable[[], Upstream] = lambda: UNKNOWN
        self.measured: Measured | None = None
        self.database = Check("The database", lambda: measure.database())
        self.redis = Check("Redis", lambda: measure.redis())
        self.alerts = Check("What alerts wrote", self._look_at_alerts)
        self._lag = NO_LAG
        self._began = time.monotonic()

    async def tick(self) -> None:
        """Measure once; takes as long as the slowest service, at most ``PATIENCE_SECONDS``."""
        database, redis, _ = await asyncio.gather(
            self.database.look(PATIENCE_SECONDS),
            self.redis.look(PATIENCE_SECONDS),
            self.alerts.look(PATIENCE_SECONDS),
        )
        self.measured = Measured(
            at=self.clock.now_ms(),
            uptime=round((time.monotonic() - self._began) * 1000),
            memory=measure.memory(),
            database=database,
            redis=redis,
            upstream=self.upstream(),
            alerts=self._lag,
        )

    def _look_at_alerts(self) -> Service:
        """In a thread."""
        self._lag = measure.alerts(self.clock.now_ms())
        return UP

    async def run(self, upstream: Callable[[], Upstream]) -> None:
        """Measure until cancelled. One round that fails is logged and does not end the rounds."""
        self.upstream = upstream
        while True:
            try:
                await self.tick()
            except Exception:
                log.exception("A round of health measurements failed")
            await self.clock.sleep(EVERY_SECONDS)


monitor = Monitor()
