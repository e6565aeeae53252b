"""A clock that runs fast, but never so far ahead that the event loop could not follow, and can stand still."""

import asyncio
import time

STRIDE = 0.25
"""Seconds of this clock that may pass at most between two beats: less than any limit of the feed."""
BEAT = 0.0005


class PatientClock:
    """Starts at ``start_ms``; ``run`` makes it go, up to ``speed`` times as fast as real time.

    A slow machine makes it slower, never the exchange silent: what happens depends on how the loop
    follows, not on the machine. Threads may ask it and sleep by it.
    """

    def __init__(self, start_ms: int, speed: float) -> None:
        self.start_ms, self.speed = start_ms, speed
        self.stands = False
        self._last = (0.0, time.monotonic())

    def monotonic(self) -> float:
        elapsed, at = self._last
        return elapsed if self.stands else elapsed + min(STRIDE, (time.monotonic() - at) * self.speed)

    def now_ms(self) -> int:
        return self.start_ms + int(self.monotonic() * 1000)

    async def sleep(self, seconds: float) -> None:
        until = self.monotonic() + max(0.0, seconds)
        while (left := until - self.monotonic()) > 0:
            await asyncio.sleep(max(left / self.speed, BEAT))

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            self._last = (self.monotonic(), time.monotonic())
            await asyncio.sleep(BEAT)

    def stop(self) -> None:
        """Stand still."""
        self._last = (self.monotonic(), time.monotonic())
        self.stands = True

    def go_on(self) -> None:
        """Run again from where it stands."""
        self._last = (self._last[0], time.monotonic())
        self.stands = False
