"""One socket of the probe's: what was asked of it, and every frame that came, in order."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from exchange.clock import Clock
from exchange.probe.allowance import Allowance
from exchange.probe.asking import Unreachable

PING_EVERY = 20.0
MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame: ``at`` seconds of our monotonic clock, ``wall`` Unix ms. Text that is no JSON has no channel."""

    at: float
    wall: int
    text: str
    channel: str = ""
    data: Any = None
    keys: frozenset[str] = frozenset()


@dataclass(slots=True)
class Asked:
    """A subscription: when it was sent, and after how many frames of its socket."""

    subscription: dict[str, Any]
    at: float
    after: int


@dataclass(slots=True)
class Closed:
    """How a socket ended: WebSocket close code (1006: no close frame), seconds after it was opened."""

    code: int
    after: float


def read_frame(text: str, at: float, wall: int) -> Frame:
    """A frame as it came; anything but an object with a channel stays bare text."""
    try:
        read = json.loads(text)
    except ValueError:
        return Frame(at, wall, text)
    if not isinstance(read, dict) or not isinstance(read.get("channel"), str):
        return Frame(at, wall, text)
    return Frame(at, wall, text, read["channel"], read.get("data"), frozenset(read))


@dataclass(slots=True)
class Line:
    """A socket. ``frames`` grows while it is open; ``closed`` says how it ended."""

    name: str
    url: str
    clock: Clock
    allowance: Allowance
    pings: bool = True
    frames: list[Frame] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    closed: Closed | None = None
    extensions: str = ""
    _http: aiohttp.ClientSession | None = None
    _ws: aiohttp.ClientWebSocketResponse | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _opened: float = 0.0

    async def open(self) -> None:
        """Connect, offering permessage-deflate; raises Unreachable."""
        await self.allowance.open_socket(self.name)
        self._http = aiohttp.ClientSession()
        try:
            self._ws = await self._http.ws_connect(self.url, compress=15, autoping=True, max_msg_size=MOST_BYTES)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            await self._http.close()
            self.allowance.close_socket(self.name)
            raise Unreachable(f"no socket at {self.url} ({error or type(error).__name__})") from error
        self.extensions = "permessage-deflate" if self._ws.compress else ""
        self._opened = self.clock.monotonic()
        self._tasks.append(asyncio.create_task(self._read(self._ws)))
        if self.pings:
            self._tasks.append(asyncio.create_task(self._ping()))

    async def close(self) -> None:
        """Hang up, and give back what was reserved."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._ws is not None and self._http is not None:
            await self._ws.close()
            await self._http.close()
            self.allowance.close_socket(self.name)
            self._ws = None

    async def send(self, message: dict[str, Any] | str) -> None:
        """Send a frame; on a socket that has ended nothing happens."""
        await self.allowance.frame()
        if self._ws is not None and not self._ws.closed:
            try:
                await self._ws.send_str(message if isinstance(message, str) else json.dumps(message))
            except (ConnectionError, aiohttp.ClientError):
                return

    async def subscribe(self, subscription: dict[str, Any]) -> Asked:
        """Ask for a stream, or give the asking back if it was asked for already."""
        for asked in self.asked:
            if asked.subscription == subscription:
                return asked
        asked = Asked(subscription, self.clock.monotonic(), len(self.frames))
        self.asked.append(asked)
        self.allowance.subscribe(self.name, [one.subscription for one in self.asked])
        await self.send({"method": "subscribe", "subscription": subscription})
        return asked

    async def wait_for(self, channel: str, after: int, seconds: float) -> Frame | None:
        """The first frame of a channel beyond the ``after``-th, or None once so many seconds have passed."""
        until = self.clock.monotonic() + seconds
        while True:
            for frame in self.frames[after:]:
                if frame.channel == channel:
                    return frame
            if self.clock.monotonic() >= until or self.closed:
                return None
            await self.clock.sleep(0.05)

    async def _read(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        async for message in ws:
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                text = message.data if isinstance(message.data, str) else message.data.decode(errors="replace")
                self.frames.append(read_frame(text, self.clock.monotonic(), self.clock.now_ms()))
        code = 1006 if ws.close_code is None else ws.close_code
        self.closed = Closed(code, self.clock.monotonic() - self._opened)

    async def _ping(self) -> None:
        while self.closed is None:
            await self.send({"method": "ping"})
            await self.clock.sleep(PING_EVERY)
