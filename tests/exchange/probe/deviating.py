"""A thin layer in front of the simulated exchange that does one thing otherwise.

It passes everything on, REST and sockets, through the hooks of a ``Deviation``; many of them can stand
in front of one exchange at once.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import WSMsgType, web


@dataclass
class Answer:
    """What REST answers, before it goes out."""

    status: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    def edit(self, change: Callable[[Any], Any]) -> None:
        """Replace the JSON by what ``change`` makes of it (or changes in it)."""
        data = json.loads(self.text)
        changed = change(data)
        self.text = json.dumps(data if changed is None else changed)


Rest = Callable[[dict[str, Any], Answer], None]
"""Changes the answer to a body."""
Frame = dict[str, Any]
Out = Callable[["Talk", Frame], "list[Frame | str] | None"]
"""What becomes of a frame to the client; None: it stays (perhaps changed in place)."""
In = Callable[["Talk", Frame], "bool | None"]
"""Sees a frame from the client; True: it is not passed on."""


@dataclass
class Talk:
    """One client's socket: ``heard`` counts frames by channel, for deviations that need to remember."""

    down: web.WebSocketResponse
    heard: dict[str, Any] = field(default_factory=dict)

    def count(self, what: str) -> int:
        """How often it has been asked for this before."""
        before = self.heard.get(what, 0)
        self.heard[what] = before + 1
        return int(before)

    async def say(self, frame: Frame | str) -> None:
        """Send something of our own."""
        await self.down.send_str(frame if isinstance(frame, str) else json.dumps(frame))


@dataclass(frozen=True)
class Deviation:
    """One thing done otherwise, and what the probe must say: which check, and words of how.

    ``is_slow``: it shows only after a while.
    """

    name: str
    check: str
    words: tuple[str, ...]
    rest: Rest | None = None
    out: Out | None = None
    come_in: In | None = None
    every_request: Callable[[web.Request, Answer], None] | None = None
    compress: bool = False
    survives: bool = False
    close_code: int | None = None
    is_slow: bool = False


class Deviating:
    """A server that stands in front of ``url`` and deviates."""

    def __init__(self, url: str, deviation: Deviation) -> None:
        self._upstream = url
        self._deviation = deviation
        self._runner: web.AppRunner | None = None
        self._http: aiohttp.ClientSession | None = None
        self.url = ""

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1) + "/ws"

    async def __aenter__(self) -> "Deviating":
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        app = web.Application()
        app.router.add_route("*", "/info", self._info)
        app.router.add_get("/ws", self._ws)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        assert self._http is not None
        await self._http.close()
        await self._runner.cleanup()

    async def _info(self, request: web.Request) -> web.Response:
        assert self._http is not None
        content = await request.read()
        headers = {"Content-Type": request.headers.get("Content-Type", "application/json")}
        async with self._http.request(
            request.method, f"{self._upstream}/info", data=content, headers=headers
        ) as up:
            answer = Answer(up.status, await up.text())
        deviation = self._deviation
        if deviation.rest and request.method == "POST" and content[:1] == b"{" and content != b"{":
            deviation.rest(json.loads(content), answer)
        if deviation.every_request:
            deviation.every_request(request, answer)
        response = web.Response(status=answer.status, text=answer.text, headers=answer.headers)
        if "Content-Encoding" in answer.headers:
            del response.headers["Content-Encoding"]
            response.enable_compression(web.ContentCoding.gzip)
        return response

    async def _ws(self, request: web.Request) -> web.WebSocketResponse:
        assert self._http is not None
        down = web.WebSocketResponse(compress=self._deviation.compress)
        await down.prepare(request)
        talk = Talk(down)
        async with self._http.ws_connect(f"{self._upstream}/ws") as up:
            inward = asyncio.create_task(self._inward(down, up, talk))
            try:
                await self._outward(down, up, talk)
            finally:
                if up.close_code == 1006 and self._deviation.close_code:
                    await down.close(code=self._deviation.close_code)
                elif self._deviation.survives:
                    await asyncio.wait([inward])
                elif request.transport is not None:
                    request.transport.abort()
                inward.cancel()
                await asyncio.gather(inward, return_exceptions=True)
        return down

    async def _inward(self, down: web.WebSocketResponse, up: aiohttp.ClientWebSocketResponse, talk: Talk) -> None:
        async for message in down:
            if message.type == WSMsgType.TEXT:
                see = self._deviation.come_in
                frame = _json(message.data)
                if not up.closed and not (see and frame is not None and see(talk, frame)):
                    await up.send_str(message.data)
        await up.close()

    async def _outward(self, down: web.WebSocketResponse, up: aiohttp.ClientWebSocketResponse, talk: Talk) -> None:
        async for message in up:
            if message.type != WSMsgType.TEXT or down.closed:
                continue
            if self._deviation.out is None:
                await down.send_str(message.data)
                continue
            frame = json.loads(message.data)
            changed = self._deviation.out(talk, frame)
            for one in [frame] if changed is None else changed:
                await talk.say(one)


def _json(text: str) -> Frame | None:
    try:
        read = json.loads(text)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
