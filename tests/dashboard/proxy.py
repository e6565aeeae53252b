"""A small proxy as those before real sites: it asks web processes whether they are ready, and sends requests on.

A connection that is refused is tried at another process, as long as nothing was sent; any other failure is the
client's to see. One request or socket for each connection to a web process; a client's connection ends with it.
"""

import asyncio
from contextlib import suppress
from itertools import count

POLL_S = 0.2


class Proxy:
    """``async with Proxy(ports)``: ``port`` is where it listens. ``ready`` are the ports that said yes last."""

    def __init__(self, ports: list[int]) -> None:
        self.ports, self.ready = ports, set[int]()
        self.port = 0
        self.retried = 0
        self._turns = count()

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000)
        self.port = self._server.sockets[0].getsockname()[1]
        self._polls = [asyncio.create_task(self._poll(port)) for port in self.ports]
        return self

    async def __aexit__(self, *_: object) -> None:
        for poll in self._polls:
            poll.cancel()
        self._server.close()

    async def until_ready(self, number: int) -> None:
        """Until so many processes take requests."""
        async with asyncio.timeout(120):
            while len(self.ready) < number:
                await asyncio.sleep(POLL_S)

    async def _poll(self, port: int) -> None:
        while True:
            if await self._is_ready(port):
                self.ready.add(port)
            else:
                self.ready.discard(port)
            await asyncio.sleep(POLL_S)

    @staticmethod
    async def _is_ready(port: int) -> bool:
        try:
            async with asyncio.timeout(5):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /api/health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                answer = await reader.read()
                writer.close()
        except (OSError, TimeoutError):
            return False
        return answer.startswith(b"HTTP/1.1 200")

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            behind = await self._connect()
            await asyncio.gather(pipe(reader, behind[1]), pipe(behind[0], writer))
        except (OSError, asyncio.CancelledError):  # at the end of a test: asyncio would complain of a task
            pass
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To the next process in turn that is ready, or to any that does not refuse."""
        turn = next(self._turns)
        ports = sorted(self.ports, key=lambda port: (port not in self.ready, (self.ports.index(port) + turn) % 2))
        for port in ports:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                self.retried += 1
        raise ConnectionRefusedError("no web process listens")


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """All that comes, and then that nothing comes any more."""
    try:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
    finally:
        with suppress(OSError, RuntimeError):
            writer.write_eof()
