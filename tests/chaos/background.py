"""An event loop in a thread of its own, for what must go on while a test waits: proxies, browsers, witnesses."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")
PATIENCE_S = 30.0


class Background:
    """Start on entering; on leaving whatever still runs is cancelled."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_exception_handler(lambda *_: None)  # what is cut off in the middle is what this is for
        self._kept: set[asyncio.Task[Any]] = set()
        self._thread = threading.Thread(target=self.loop.run_forever, name="chaos", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: TracebackType | None) -> None:
        self.run(self._cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_S)
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T], seconds: float = PATIENCE_S) -> T:
        """Do it there and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let it run until the end."""

        async def begin() -> None:
            task = asyncio.create_task(work)
            self._kept.add(task)
            task.add_done_callback(self._kept.discard)

        self.run(begin())

    async def _cancel_all(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
