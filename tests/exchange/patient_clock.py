"""A fast clock that does not run on while the process gets no processor."""

import asyncio
import threading
import time
from collections import Counter

from exchange.clock import FastClock

MOST = 0.01
"""Seconds of real time that count between two looks at the clock."""


class PatientClock(FastClock):
    """At 40 times real speed half a second without a processor would be 20 s of silence; here it is under one."""

    def __init__(self, start_ms: int, speed: float) -> None:
        super().__init__(start_ms, speed)
        self._lock = threading.Lock()
        self._looked = time.monotonic()
        self._elapsed = 0.0
        self._sleepers: Counter[asyncio.AbstractEventLoop] = Counter()
        self._watched: set[asyncio.AbstractEventLoop] = set()

    def monotonic(self) -> float:
        with self._lock:
            now = time.monotonic()
            self._elapsed += min(now - self._looked, MOST) * self.speed
            self._looked = now
            return self._elapsed

    async def sleep(self, seconds: float) -> None:
        loop, end = asyncio.get_running_loop(), self.monotonic() + seconds
        self._sleepers[loop] += 1
        if loop not in self._watched:
            self._watched.add(loop)
            self._watch(loop)
        try:
            while (left := end - self.monotonic()) > 0:
                await asyncio.sleep(left / self.speed)
        finally:
            self._sleepers[loop] -= 1

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look often enough for all who sleep; if each did it, hundreds of them would do nothing else."""
        self.monotonic()
        if self._sleepers[loop]:
            loop.call_later(MOST / 2, self._watch, loop)
        else:
            self._watched.remove(loop)
