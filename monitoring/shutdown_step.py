"""One step of stopping: what runs, when, and how it is called without keeping anybody from ending."""

import asyncio
import inspect
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

Handler = Callable[[], object]
"""Blocks, and runs in a thread; or is a coroutine function, and runs on the event loop."""


class Stage(IntEnum):
    """The order of steps; within a stage they run as they were registered."""

    TRAFFIC = 1
    WORK = 2
    HANDLERS = 3
    CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Step:
    """``seconds`` is how long it may take."""

    name: str
    handler: Handler
    seconds: float
    stage: Stage

    async def call(self) -> None:
        """Run the handler to its end, however long that takes. Raises what it raises."""
        if inspect.iscoroutinefunction(self.handler):
            await self.handler()
            return
        result: Any = await in_thread(self.handler)
        if inspect.isawaitable(result):
            await result


def in_thread(handler: Handler) -> "asyncio.Future[object]":
    """In a thread of its own: those of an executor are waited for when Python ends, even if they hang."""
    done: Future[object] = Future()
    done.set_running_or_notify_cancel()

    def work() -> None:
        try:
            done.set_result(handler())
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=work, name="stop", daemon=True).start()
    return asyncio.wrap_future(done)
