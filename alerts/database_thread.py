"""A thread of its own for statements of a loop: one connection that stays open, and patience while it is away."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from exchange.clock import Clock

log = logging.getLogger(__name__)
Result = TypeVar("Result")

RETRY_SECONDS = 1.0


class DatabaseThread:
    """``failures`` and ``trouble`` tell of a database that is away."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.clock = name, clock
        self.failures, self.trouble = 0, ""
        self._thread = ThreadPoolExecutor(1, name)
        self._is_closed = False

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do it there; again and again until the database can be reached. Other errors are the caller's."""
        loop, here = asyncio.get_running_loop(), copy_context()  # for the id in the lines of the log
        while True:
            try:
                done = await loop.run_in_executor(self._thread, here.run, work)
            except (OperationalError, InterfaceError) as error:
                self.failures, self.trouble = self.failures + 1, f"the database: {error}"
                log.warning("%s wait for the database: %s", self.name, error)
                await loop.run_in_executor(self._thread, _hang_up)
                await self.clock.sleep(RETRY_SECONDS)
            else:
                self.trouble = ""
                return done

    def close(self) -> None:
        """Give the connection back, once what runs is done."""
        if not self._is_closed:
            self._is_closed = True
            self._thread.submit(_hang_up)
            self._thread.shutdown(wait=False)


def _hang_up() -> None:
    """Close the connection of the thread that runs this."""
    connection.close()
