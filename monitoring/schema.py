"""Schema: whether the database has all migrations of this code. Requests come only when it has."""

import asyncio
import logging
from collections.abc import Callable

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from exchange.clock import Clock, SystemClock

log = logging.getLogger(__name__)

WAITING_S, EVERY_S = 5.0, 300.0
"""Between two looks while migrations are pending, or nobody could be asked, and once all are there."""


def pending_migrations() -> list[str]:
    """Names of migrations that the database lacks. Blocks, reads all migrations; raises django.db.Error."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        return [f"{one.app_label}.{one.name}" for one, _ in plan]
    finally:
        connection.close()


class Schema:
    """One per process. ``pending`` is how many migrations are, None before anybody knows."""

    def __init__(self, clock: Clock, ask: Callable[[], list[str]] = pending_migrations) -> None:
        self.clock, self.ask = clock, ask
        self.pending: int | None = None

    async def look(self) -> None:
        """Ask once, in a thread. A database that is away changes nothing."""
        try:
            names = await asyncio.to_thread(self.ask)
        except Error as error:
            log.warning("cannot ask which migrations are pending: %s", error)
            return
        if names and len(names) != self.pending:
            log.error("not ready: %s migrations are pending, such as %s; run migrate", len(names), names[0])
        self.pending = len(names)

    async def run(self, found: Callable[[], object]) -> None:
        """Look until cancelled; ``found`` is called whenever nothing is pending."""
        while True:
            await self.look()
            if self.pending == 0:
                found()
            await self.clock.sleep(EVERY_S if self.pending == 0 else WAITING_S)


schema = Schema(SystemClock())
