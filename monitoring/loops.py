"""Loops: what a process does in the background. One that ends by an error is no process to go on with."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from monitoring.shutdown import FAILED, Shutdown

log = logging.getLogger(__name__)

Work = Callable[[], Coroutine[Any, Any, None]]


class Loops:
    """Those of one process. ``start`` each, ``end`` all."""

    def __init__(self, shutdown: Shutdown) -> None:
        self.shutdown = shutdown
        self._tasks: list[asyncio.Task[None]] = []
        self._is_ending = False

    def start(self, name: str, work: Work) -> None:
        """Run it until ``end``; when it raises, or returns before, the process stops."""
        task = asyncio.get_running_loop().create_task(work(), name=name)
        task.add_done_callback(partial(self._ended, name))
        self._tasks.append(task)

    async def end(self) -> None:
        """Cancel all and wait until each has ended its round and written what it holds."""
        self._is_ending = True
        for task in self._tasks:
            task.cancel()
        try:
            if self._tasks:
                await asyncio.wait(self._tasks)
        finally:
            if left := [task.get_name() for task in self._tasks if not task.done()]:
                log.error("stop: not ended yet: %s", ", ".join(left))

    def _ended(self, name: str, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error:
            log.critical("%s ended", name, exc_info=error)
            self.shutdown.begin(f"{name} ended: {_words(error)}", FAILED)
        elif not self._is_ending:
            self.shutdown.begin(f"{name} ended, for no reason", FAILED)


def _words(error: BaseException) -> str:
    """Of a group what is in it: its own words say only how many there are."""
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(map(_words, error.exceptions))
    return repr(error)
