"""Watched: a process's work, its event loop watched beside it, and ``/metrics`` for those that serve no pages."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Protocol

from django.conf import settings

from monitoring.metrics.listener import Listener
from monitoring.metrics.loop import watch_loop

Work = Callable[[], Coroutine[Any, Any, None]]


class Runner(Protocol):
    """A loop that is ended by cancelling it."""

    async def run(self) -> None: ...


class Watched:
    """``run`` does the work until that ends or is cancelled; ``beside`` are loops that end with it."""

    def __init__(self, runner: Runner, beside: tuple[Work, ...] = ()) -> None:
        self.runner, self.beside = runner, (watch_loop, *beside)
        self.listener = Listener()

    async def run(self) -> None:
        """See the class."""
        config = settings.CONFIG
        async with AsyncExitStack() as stack:
            if config.metrics_port:
                await self.listener.start(config.metrics_host, config.metrics_port)
                stack.push_async_callback(self.listener.stop)
            for work in self.beside:
                stack.callback(asyncio.create_task(work()).cancel)
            await self.runner.run()
