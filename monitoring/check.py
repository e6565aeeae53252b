"""Check: asks one service in a thread of its own, and never waits for it longer than it is given.

The threads are nobody else's: while a service hangs, neither the event loop's pool of threads nor the end of the
process waits for it.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from monitoring.health import Service

log = logging.getLogger(__name__)

UP = Service(available=True, connected=True)
DOWN = Service(available=True, connected=False)

T = TypeVar("T")


def in_thread(ask: Callable[[], T]) -> asyncio.Future[T]:
    """What ``ask`` returns or raises, from a thread that may be left behind."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def put(result: T | None, error: Exception | None) -> None:
        if answer.cancelled():
            return
        if error is None:
            answer.set_result(result)  # type: ignore[arg-type]
        else:
            answer.set_exception(error)

    def run() -> None:
        result, error = None, None
        try:
            result = ask()
        except Exception as raised:
            error = raised
        try:
            loop.call_soon_threadsafe(put, result, error)
        except RuntimeError:  # the loop has ended meanwhile
            pass

    threading.Thread(target=run, name="health", daemon=True).start()
    return answer


class Check:
    """One service. While an old question hangs, no new one is put on top of it."""

    def __init__(self, name: str, ask: Callable[[], Service]) -> None:
        self.name = name
        self.ask = ask
        self._asked: asyncio.Future[Service] | None = None
        self._was_up = True

    async def look(self, patience: float) -> Service:
        """The service's answer, or that it is down, after ``patience`` seconds at most."""
        if self._asked is None or self._asked.get_loop() is not asyncio.get_running_loop():
            self._asked = in_thread(self.ask)
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
        return replace(service, why=why) if why else service
