"""Two hundred browsers and a few people who turn pages, while things break."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

import aiohttp
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

TOPICS = ("markets", "status", "book:BTC")
SILENT_S = 15.0
"""A browser that hears nothing for so long connects anew; a page does so, too."""
PATIENCE_S = 20.0
MARKETS = "/markets/"
PAGES = {"": (MARKETS, "/markets/BTC/"), "trader": ("/portfolio/", "/alerts/", "/history/fills/")}
"""Who looks at what; "" is somebody who is not signed in."""
EVERY_S = {"": 0.3, "trader": 1.0}


@dataclass(frozen=True, slots=True)
class Look:
    """One request for a page: when it was made (s, monotonic), and what came of it; ``code`` 0 is no answer."""

    at: float
    path: str
    code: int
    took: float
    words: str = ""


class Crowd:
    """``looks`` are the requests for pages; ``heard`` is when each browser last heard something."""

    def __init__(self, url: str, cookies: Mapping[str, str], browsers: int) -> None:
        self.url, self.cookies, self.browsers = url, cookies, browsers
        self.looks: list[Look] = []
        self.heard: dict[int, float] = {}
        self.connected = 0
        """How often any of them did."""

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as everybody:
            for number in range(self.browsers):
                everybody.create_task(self._browse(number))
            for who in PAGES:
                everybody.create_task(self._turn_pages(who))

    def all_hear(self, since: float) -> bool:
        """Whether every browser has heard something since then (s, monotonic)."""
        return len(self.heard) == self.browsers and min(self.heard.values()) > since

    async def _browse(self, number: int) -> None:
        draw = Random(number)
        await asyncio.sleep(draw.uniform(0, 2))
        while True:
            try:
                await self._listen(number)
            except (OSError, TimeoutError, WebSocketException):
                await asyncio.sleep(draw.uniform(0.5, 2.0))

    async def _listen(self, number: int) -> None:
        address = self.url.replace("http", "ws") + "/ws"
        async with connect(
            address, origin=self.url, max_size=None, compression=None, open_timeout=10, close_timeout=1
        ) as socket:
            self.connected += 1
            await socket.send(json.dumps({"join": TOPICS}))
            while True:
                async with asyncio.timeout(SILENT_S):
                    await socket.recv(decode=False)
                self.heard[number] = time.monotonic()

    async def _turn_pages(self, who: str) -> None:
        headers = {"Cookie": f"sessionid={self.cookies[who]}"} if who else {}
        timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
        async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
            while True:
                for path in PAGES[who]:
                    self.looks.append(await self._look(session, path))
                    await asyncio.sleep(EVERY_S[who])

    async def _look(self, session: aiohttp.ClientSession, path: str) -> Look:
        began = time.monotonic()
        try:
            async with session.get(self.url + path, allow_redirects=False) as answer:
                text = await answer.text()
                words = text if answer.status != 200 else ""
                return Look(began, path, answer.status, time.monotonic() - began, words)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Look(began, path, 0, time.monotonic() - began, repr(error))
