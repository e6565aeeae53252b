"""Chores: background work of a loop, one of each name at a time; no error is lost and none ends the loop."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from exchange import log_id
from exchange.errors import BudgetExhausted, CallFailed

log = logging.getLogger(__name__)


class Chores:
    """Tasks by name. ``failures`` counts errors by name, ``last_error`` has the newest text of each."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.failures: Counter[str] = Counter()
        self.last_error: dict[str, str] = {}

    def start(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Start ``work``, unless the one of this name still runs."""
        if name in self._tasks:
            return False
        self._tasks[name] = asyncio.create_task(self._run(name, work))
        return True

    async def wait(self) -> None:
        """Until all that runs now is done."""
        await asyncio.gather(*self._tasks.values())

    async def stop(self) -> None:
        """Cancel everything."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        with log_id.within(name):
            await self._do(name, work)

    async def _do(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
            self.last_error.pop(name, None)
        except BudgetExhausted as error:  # it waits for its turn, as many do after a start: no news
            self._note(name, error)
            log.debug("%s: %s", name, error)
        except CallFailed as error:
            self._note(name, error)
            log.warning("%s: %s", name, error)
        except Exception as error:
            self._note(name, error)
            log.exception("%s failed", name)
        finally:
            self._tasks.pop(name, None)

    def _note(self, name: str, error: Exception) -> None:
        self.failures[name.partition(" ")[0]] += 1
        self.last_error[name] = f"{type(error).__name__}: {error}"
