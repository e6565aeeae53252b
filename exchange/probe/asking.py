"""Questions by REST: each asked once, within the budget, and kept as it came over the wire."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import aiohttp

from exchange.clock import Clock
from exchange.probe.allowance import Allowance
from exchange.probe.outcome import NotSeen, short

TIMEOUT = aiohttp.ClientTimeout(total=20)
JSON = "application/json"
AT_ONCE = 4
"""Questions under way at a time: there is no hurry."""
TROUBLE = (429, 502, 503, 504)
"""The exchange is busy or ill; that says nothing of its habits (API.md section 1)."""

Body = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """An answer of ``/info``: nothing decoded yet. ``asked`` and ``came`` are ms of our clock."""

    status: int
    text: str
    headers: Mapping[str, str]
    asked: int
    came: int

    @cached_property
    def data(self) -> Any:
        """The JSON; raises ValueError if it is none."""
        return json.loads(self.text)

    @property
    def rows(self) -> int:
        """How many rows it has, for what it cost; what is no list has none."""
        try:
            return len(self.data) if isinstance(self.data, list) else 0
        except ValueError:
            return 0


class Unreachable(Exception):
    """No exchange answers at that address; the message says what went wrong."""


class Desk:
    """Asks ``/info`` of one exchange. The same body is asked only once."""

    def __init__(self, url: str, clock: Clock, allowance: Allowance) -> None:
        self._url = f"{url.rstrip('/')}/info"
        self._clock = clock
        self._allowance = allowance
        self._asked: dict[str, asyncio.Task[Reply]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._http: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Connect, and offer the compression that the exchange is not expected to take up."""
        self._http = aiohttp.ClientSession(timeout=TIMEOUT, headers={"Accept-Encoding": "gzip, deflate"})

    async def close(self) -> None:
        """Drop what is still asked."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def reply(self, body: Body) -> Reply:
        """The answer to ``body``, whatever its status; raises NotSeen if there is none, or only trouble."""
        key = json.dumps(body, sort_keys=True)
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._ask(body))
        return await asyncio.shield(self._asked[key])

    async def answer(self, body: Body) -> Any:
        """The JSON of a good answer; raises NotSeen for any other, as the shape's own check speaks of that."""
        reply = await self.reply(body)
        if reply.status != 200:
            raise NotSeen(f"{body['type']} was answered {reply.status}")
        return reply.data

    async def send(self, method: str, content: bytes, kind: str = JSON) -> Reply:
        """Any request to ``/info``, for trying how it is refused; counted as one call of unknown type."""
        try:
            return await self._send(method, content, kind, {})
        except Unreachable as why:
            raise NotSeen(str(why)) from why

    async def _ask(self, body: Body) -> Reply:
        try:
            reply = await self._send("POST", json.dumps(body).encode(), JSON, body)
        except Unreachable as why:
            raise NotSeen(f"{body['type']}: {why}") from why
        if reply.status in TROUBLE:
            raise NotSeen(f"{body['type']} was answered {reply.status}: {short(reply.text)}")
        return reply

    async def _send(self, method: str, content: bytes, kind: str, body: Body) -> Reply:
        if self._http is None:
            raise Unreachable("the desk is closed")
        async with self._turns, self._allowance.call(str(body.get("type", ""))) as counted:
            asked = self._clock.now_ms()
            try:
                async with self._http.request(
                    method, self._url, data=content or None, headers={"Content-Type": kind}
                ) as response:
                    text = await response.text()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Unreachable(f"no answer from {self._url} ({error or type(error).__name__})") from error
            reply = Reply(response.status, text, response.headers, asked, self._clock.now_ms())
            counted.rows = reply.rows
        return reply
