"""A TCP proxy whose wire a test may slow down, cut, or let swallow everything.

What a dead wire has taken waits and goes on once it is mended, as TCP's own repetition would see to; so do
connections that were opened meanwhile. Neither end hears a word of it before.
"""

import asyncio
import math
from dataclasses import dataclass

from tests.chaos.background import Background

Address = tuple[str, int] | str
"""Host and port, or the path of a Unix socket."""
PIECE = 65_536
WAITING = 64
"""Pieces that are under way in one direction; whoever sends more must wait."""


@dataclass(frozen=True, slots=True)
class Wire:
    """``latency`` in seconds each way, ``bandwidth`` in bytes a second each way."""

    latency: float = 0.0
    bandwidth: float = math.inf
    is_dead: bool = False


GOOD, DEAD = Wire(), Wire(is_dead=True)


class Proxy:
    """Between whoever connects to ``port`` and the server at ``upstream``. Its methods are called by the test."""

    def __init__(self, background: Background, upstream: Address, port: int = 0) -> None:
        self.background, self.upstream, self.port = background, upstream, port
        self.wire = GOOD
        self.opened = 0
        """Connections so far."""
        self._alive: asyncio.Event
        self._listener: asyncio.Server | None = None
        self._open: dict[asyncio.StreamWriter, Address | None] = {}

    def start(self) -> None:
        """Listen."""
        self.background.run(self._start())

    def be(self, wire: Wire) -> None:
        """From now on, also for what is connected."""
        self.background.run(self._be(wire))

    def cut(self) -> None:
        """End all connections and refuse new ones until ``mend``."""
        self.background.run(self._cut())

    def mend(self) -> None:
        """As on the first day."""
        self.background.run(self._mend())

    async def _start(self) -> None:
        self._alive = asyncio.Event()
        self._alive.set()
        await self._listen()

    async def _listen(self) -> None:
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1024)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _be(self, wire: Wire) -> None:
        self.wire = wire
        if wire.is_dead:
            self._alive.clear()
        else:
            self._alive.set()

    async def _cut(self) -> None:
        if self._listener:
            self._listener.close()
            self._listener = None
        await self._kick(None)

    async def _mend(self) -> None:
        await self._be(GOOD)
        if self._listener is None:
            await self._listen()

    async def _kick(self, upstream: Address | None) -> None:
        for writer, other in list(self._open.items()):
            if upstream in (None, other):
                writer.transport.abort()

    async def choose(self) -> Address:
        """Where a new connection goes; raises ConnectionError."""
        return self.upstream

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        self._open[writer] = None
        try:
            await self._alive.wait()
            address = self._open[writer] = await self.choose()
            if isinstance(address, str):
                theirs, to_them = await asyncio.open_unix_connection(address)
            else:
                theirs, to_them = await asyncio.open_connection(*address)
            try:
                self._open[to_them] = address
                await self._both_ways(reader, to_them, theirs, writer)
            finally:
                self._open.pop(to_them, None)
                to_them.transport.abort()
        except OSError:
            pass
        finally:
            self._open.pop(writer, None)
            writer.transport.abort()

    async def _both_ways(self, reader, to_them, theirs, writer) -> None:
        """Until both are silent, or one end is broken."""
        ways = [asyncio.create_task(self._carry(*way)) for way in ((reader, to_them), (theirs, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING)
        handing_on = asyncio.create_task(self._hand_on(waiting, writer))
        now = asyncio.get_running_loop().time
        try:
            while data := await reader.read(PIECE):
                await waiting.put((now() + self.wire.latency, data))
            await waiting.put((now() + self.wire.latency, b""))
            await handing_on
        finally:
            handing_on.cancel()

    async def _hand_on(self, waiting: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        now = asyncio.get_running_loop().time
        try:
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(max(0.0, due - now()) + len(data) / self.wire.bandwidth)
                await self._alive.wait()
                if not data:
                    writer.write_eof()
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            writer.transport.abort()
