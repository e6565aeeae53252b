"""Sampler: one process writes how each service was, every ten seconds, and rolls it up.

All web processes remember their measurements (``monitoring/samples.py``), the one with the lease writes them.
While the database is away nobody tries to; what was measured meanwhile is written when it is back, by whoever then
has the lease.
"""

import asyncio
import logging
import os
import socket
import uuid
from collections.abc import Callable

from django.db import Error, connection, transaction

from exchange.clock import Clock, SystemClock
from monitoring import incidents
from monitoring.check import in_thread
from monitoring.health import Measured
from monitoring.lease import LeaseLost
from monitoring.models import HealthMetric, Lease
from monitoring.roll_up import roll_up
from monitoring.samples import Sample, Samples

log = logging.getLogger(__name__)

LEASE = "health"
EVERY_SECONDS, GOODBYE_SECONDS = 10.0, 2.0
GOOD_FOR_MS = 25_000
NOT_OURS_MS = 60_000
"""What others may still have to take over if the writer dies; older samples are stored already."""
AT_ONCE = 1_000


class Sampler:
    """One per process. ``run`` until cancelled; ``number`` is the lease's while this process writes."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or SystemClock()
        self.samples = Samples()
        self.holder = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self.number: int | None = None
        self._database_is_up = False
        self._said = 0

    def take(self, measured: Measured) -> None:
        """One round of the monitor."""
        self.samples.take(measured)
        self._database_is_up = measured.database.connected
        if self.samples.dropped > self._said:
            self._said = self.samples.dropped
            log.warning("no room for %s rounds of health measurements: the database is away", self._said)

    async def run(self) -> None:
        """Write every ten seconds; at the end let another process go on, and do not wait long for that."""
        try:
            while True:
                await self.clock.sleep(EVERY_SECONDS)
                await self.run_once()
        finally:
            if self.number is not None and self._database_is_up:
                await asyncio.wait({in_thread(self._give_back)}, timeout=GOODBYE_SECONDS)

    async def run_once(self) -> None:
        """Write what is complete, if that is for us to do and the database answers."""
        if self._database_is_up:
            now = self.clock.now_ms()
            await in_thread(lambda: self._turn(now))

    def _turn(self, now: int) -> None:
        """In a thread."""
        try:
            if self._leads(now):
                samples = self.samples.complete(now)
                write(samples, now, self._check)
                self.samples.forget({sample.at for sample in samples})
            else:
                self.samples.forget_before(now - NOT_OURS_MS)
        except (Error, LeaseLost) as error:
            log.warning("health cannot be written now: %s", error)
        except Exception:
            log.exception("health cannot be written now")
        finally:
            connection.close()

    def _leads(self, now: int) -> bool:
        until = now + GOOD_FOR_MS
        if self.number is None or not Lease.objects.renew(LEASE, self.holder, self.number, until):
            self.number = Lease.objects.take(LEASE, self.holder, now, until)
        return self.number is not None

    def _check(self) -> None:
        if self.number is None or not Lease.objects.is_held(LEASE, self.number):
            raise LeaseLost("another process writes health")

    def _give_back(self) -> None:
        """In a thread: write what is complete, too."""
        self._turn(self.clock.now_ms())
        try:
            Lease.objects.give_back(LEASE, self.holder, self.number or 0)
        except Error as error:
            log.info("the lease on health could not be given back and will run out: %s", error)
        finally:
            connection.close()


def write(samples: list[Sample], now: int, guard: Callable[[], None]) -> None:
    """Those that are not stored yet, their roll-ups and incidents, in one transaction; blocks."""
    with transaction.atomic():
        newest = HealthMetric.objects.newest_at(now)
        new = [sample for sample in samples if sample.at > newest]
        HealthMetric.objects.bulk_create(map(row_of, new), AT_ONCE, ignore_conflicts=True)
        roll_up(sample.at for sample in new)
        incidents.follow(new)
        guard()


def row_of(sample: Sample) -> HealthMetric:
    """What is stored of it."""
    line = sample.line
    detail = ": ".join(part for part in (line.reason, line.detail) if part)[:300]
    return HealthMetric(service=line.service, at=sample.at, status=line.state, latency=line.latency, detail=detail)


sampler = Sampler()
