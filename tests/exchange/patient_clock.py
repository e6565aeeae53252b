"""A clock that runs fast, but never so far ahead that the event loop could not follow, and can stand still."""

import asyncio
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.clock import FastClock

STRIDE = 0.25
"""Seconds of this clock that may pass at most between two beats: less than any limit of a feed."""
BEAT = 0.001


class PatientClock(FastClock):
    """Runs up to ``speed`` times as fast as real time while anybody sleeps by it.

    A slow machine makes it slower, never the exchange silent: what happens depends on how the loops
    follow, not on the machine. Threads may ask it.
    """

    def __init__(self, start_ms: int, speed: float) -> None:
        super().__init__(start_ms, speed)
        self.stands = False
        self._lock = threading.Lock()
        self._last = 0.0, time.monotonic()
        self._sleepers: Counter[asyncio.AbstractEventLoop] = Counter()
        self._beating: set[asyncio.AbstractEventLoop] = set()

    def monotonic(self) -> float:
        with self._lock:
            return self._elapsed(time.monotonic())

    def _elapsed(self, now: float) -> float:
        elapsed, at = self._last
        return elapsed if self.stands else elapsed + min(STRIDE, (now - at) * self.speed)

    async def sleep(self, seconds: float) -> None:
        loop, end = asyncio.get_running_loop(), self.monotonic() + seconds
        self._sleepers[loop] += 1
        if loop not in self._beating:
            self._beating.add(loop)
            self._beat(loop)
        try:
            while (left := end - self.monotonic()) > 0:
                await asyncio.sleep(max(left / self.speed, BEAT))
        finally:
            self._sleepers[loop] -= 1

    def stop(self) -> None:
        """Stand still."""
        self._look()
        self.stands = True

    def go_on(self) -> None:
        """Run again from where it stands."""
        self._look()
        self.stands = False

    def _look(self) -> None:
        with self._lock:
            now = time.monotonic()
            self._last = self._elapsed(now), now

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        """One beat for all who sleep; if each made its own, hundreds of them would do nothing else."""
        self._look()
        if self._sleepers[loop]:
            loop.call_later(BEAT, self._beat, loop)
        else:
            self._beating.remove(loop)


@contextmanager
def threads_that_answer_soon() -> Iterator[None]:
    """REST calls are threads; at such speeds 5 ms, for which a busy loop may keep them waiting, are a second."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
