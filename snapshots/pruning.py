"""Pruning: the leader deletes what is older than configured, once a day; each time is a row of ``PruneRun``."""

import asyncio
import logging
from typing import Any

from django.db import Error, connection, transaction

from exchange.clock import Clock
from snapshots.long_statements import long_statements
from snapshots.models import PruneRun
from snapshots.record import nobody_else
from snapshots.record_trades import Guard
from snapshots.retention import DAY, prune

log = logging.getLogger(__name__)

LOOK = 60.0
RETRY_MS = 3_600_000
LONGEST_S = 600
"""Of one statement: old rows are counted first, and there may be very many."""
KEPT_MS = 365 * DAY
"""The runs themselves are kept for a year."""


class Stopped(Exception):
    """Nobody waits for the pruning any more."""


class Pruning:
    """One leader's. ``run`` until cancelled, or ``run_once`` in a thread."""

    def __init__(self, clock: Clock, guard: Guard = nobody_else, config: Any = None) -> None:
        self.clock, self.guard, self.config = clock, guard, config
        self._is_stopped = False

    async def run(self) -> None:
        """Look each minute whether it is time. Raises what the guard raises."""
        try:
            while True:
                await asyncio.to_thread(self._in_thread)
                await self.clock.sleep(LOOK)
        finally:
            self._is_stopped = True  # what is under way ends with its next ten thousand rows

    def _in_thread(self) -> None:
        try:
            self.run_once()
        except (Error, Stopped) as error:
            log.warning("history cannot be pruned now: %s", error)
        finally:
            connection.close()

    def run_once(self) -> PruneRun | None:
        """Prune if the last time was a day ago, or failed an hour ago; how it went. A failure is written down."""
        now = self.clock.now_ms()
        if not self._is_due(now):
            return None
        with transaction.atomic():
            PruneRun.objects.filter(began_at__lt=now - KEPT_MS).delete()
            one = PruneRun.objects.create(began_at=now)
            self._check()
        try:
            with long_statements(LONGEST_S):
                for pruned in prune(now, config=self.config, guard=self._check):
                    one.deleted[pruned.kind] = pruned.rows
                    one.save(update_fields=["deleted"])
        except Error as error:
            one.error = str(error)[:300]
            log.warning("history was not pruned: %s", error)
        else:
            log.info("pruned: %s", one)
        one.ended_at = self.clock.now_ms()
        one.save(update_fields=["ended_at", "error"])
        return one

    def _is_due(self, now: int) -> bool:
        last = PruneRun.objects.order_by("-began_at", "-pk").first()
        if last is None:
            return True
        is_done = last.ended_at is not None and not last.error
        return now - last.began_at >= (DAY if is_done else RETRY_MS)

    def _check(self) -> None:
        if self._is_stopped:
            raise Stopped("it was stopped")
        self.guard()
