"""A fast clock that does not run on while the process gets no processor."""

import asyncio
import threading
import time

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

    def monotonic(self) -> float:
        with self._lock:
            now = time.monotonic()
            self._elapsed += min(now - self._looked, MOST) * self.speed
            self._looked = now
            return self._elapsed

    async def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        while (left := end - self.monotonic()) > 0:
            await asyncio.sleep(min(left / self.speed, MOST / 2))
