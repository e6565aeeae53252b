"""Somebody at the pages while an installation works hard: asks for them, and reads the table's rows."""

import asyncio
import time
from typing import NamedTuple

import aiohttp

PATHS = ("/markets/", "/markets/BTC/", "/api/health")
EVERY_S = 0.2


class Seen(NamedTuple):
    """Over some seconds, ms: of all pages the p99, and the longest time without a row of the table."""

    pages: int
    page_p99: float
    longest_silence: float

    def __str__(self) -> str:
        rows = f"longest time without rows {self.longest_silence:.0f} ms"
        return f"{self.pages} pages, p99 {self.page_p99:.0f} ms; {rows}"


class Onlooker:
    """``run`` until cancelled; ``take`` what was seen since the last ``take``. A page that fails is an error."""

    def __init__(self, port: int) -> None:
        self.port, self.times, self.silences = port, [], []
        self._heard = time.monotonic()

    async def run(self) -> None:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.port}") as session, asyncio.TaskGroup() as both:
            both.create_task(self._read(session))
            both.create_task(self._ask(session))

    async def _read(self, session: aiohttp.ClientSession) -> None:
        origin = f"http://127.0.0.1:{self.port}"
        async with session.ws_connect("/ws", origin=origin, max_msg_size=0) as rows:
            await rows.send_json({"join": ["markets"]})
            async for _ in rows:
                now = time.monotonic()
                self.silences.append((now - self._heard) * 1000)
                self._heard = now
        raise RuntimeError(f"the socket was closed with {rows.close_code}")

    async def _ask(self, session: aiohttp.ClientSession) -> None:
        while True:
            for path in PATHS:
                began = time.perf_counter()
                async with session.get(path) as answer:
                    await answer.read()
                    if answer.status != 200:
                        raise RuntimeError(f"{path} is answered with {answer.status}")
                self.times.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(EVERY_S)

    def take(self) -> Seen:
        """Since the last time."""
        times, silences = sorted(self.times), [*self.silences, (time.monotonic() - self._heard) * 1000]
        self.times, self.silences = [], []
        return Seen(len(times), times[len(times) * 99 // 100] if times else 0.0, max(silences))
