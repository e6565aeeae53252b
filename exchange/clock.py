"""Time, handed to everything that would otherwise ask the system for it.

Feed, tracker, evaluator, recorder and simulator get one ``Clock``; none of them calls the
system clock. Simulated time can so run faster than real time, and tests can drive it.
Wall time is Unix milliseconds, as on the exchange's wire (API.md section 1).
"""

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """What the rest of the house may know of time."""

    def now_ms(self) -> int:
        """Wall time, Unix milliseconds, UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back, runs at the same speed as ``now_ms``."""

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of this clock's time."""


class SystemClock:
    """The computer's own clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class FastClock:
    """Starts at ``start_ms`` and runs ``speed`` times as fast as real time."""

    def __init__(self, start_ms: int, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError(f"speed must be above 0, got {speed}")
        self.start_ms = start_ms
        self.speed = speed
        self._began = time.monotonic()

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self.speed

    def now_ms(self) -> int:
        return self.start_ms + int(self.monotonic() * 1000)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)


class ManualClock:
    """Stands still until a test moves it with ``advance``; sleepers wake in order of their time."""

    def __init__(self, start_ms: int = 1_800_000_000_000) -> None:
        self._start_ms = start_ms
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def monotonic(self) -> float:
        return self._elapsed

    def now_ms(self) -> int:
        return self._start_ms + round(self._elapsed * 1000)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._elapsed + seconds, waiter))
        await waiter

    async def advance(self, seconds: float) -> None:
        """Move time on; each sleeper whose time comes runs before time moves further."""
        end = self._elapsed + seconds
        while due := [s for s in self._sleepers if s[0] <= end]:
            sleeper = min(due, key=lambda s: s[0])
            self._sleepers.remove(sleeper)
            self._elapsed = max(self._elapsed, sleeper[0])
            if not sleeper[1].done():
                sleeper[1].set_result(None)
            for _ in range(5):
                await asyncio.sleep(0)
        self._elapsed = end
        await asyncio.sleep(0)


def pause(clock: Clock, seconds: float) -> None:
    """Block this thread for so many seconds of ``clock``'s time; never in a thread that runs a loop."""
    asyncio.run(clock.sleep(seconds))
