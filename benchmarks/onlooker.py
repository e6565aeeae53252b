"""Somebody at the pages while an installation works hard: asks for them, and reads the table's rows."""

import asyncio
import json
import time
from typing import NamedTuple

import aiohttp

from benchmarks.fanout_socket import connect

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
        await connect(self.port, json.dumps({"join": ["markets"]}).encode(), self._hear)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{self.port}") as session:
            while True:
                for path in PATHS:
                    began = time.perf_counter()
                    async with session.get(path) as answer:
                        await answer.read()
                        if answer.status != 200:
                            raise RuntimeError(f"{path} is answered with {answer.status}")
                    self.times.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(EVERY_S)

    def _hear(self, heads: list[bytes]) -> None:
        now = time.monotonic()
        self.silences.append((now - self._heard) * 1000)
        self._heard = now

    def take(self) -> Seen:
        """Since the last time."""
        times, silences = sorted(self.times), [*self.silences, (time.monotonic() - self._heard) * 1000]
        self.times, self.silences = [], []
        return Seen(len(times), times[len(times) * 99 // 100] if times else 0.0, max(silences))
