"""A browser's side of a WebSocket, as little of it as counting frames needs: one process can be a thousand."""

import asyncio
import base64
import os
from collections.abc import Callable

HEAD = 200
"""Bytes of each frame, its header included, that are looked at; the rest is only counted."""
_shared = bytearray(1 << 20)
"""What was read last, of whichever browser: nobody keeps it."""


def request(host: str) -> bytes:
    """The opening request, as a page of that host sends it (no extensions)."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    ).encode()


def masked(text: bytes) -> bytes:
    """A text frame of at most 64 kB as browsers send it, masked with zeros."""
    size = len(text)
    head = bytes([0x81, 0x80 | size]) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
    return head + b"\0\0\0\0" + text


class Browser(asyncio.BufferedProtocol):
    """Shakes hands, says ``greeting``, hands the heads of the frames that each read completed to ``on_heads``.

    ``joined`` is done once it has said so; with ``on_heads`` None it reads nothing any more from then on.
    An end that nobody asked for is an exception of the loop's, and of ``joined``.
    """

    def __init__(self, host: str, greeting: bytes, on_heads: Callable[[list[bytes]], None] | None) -> None:
        self.host, self.greeting, self.on_heads = host, greeting, on_heads
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport
        self._rest = b""
        self._left = 0
        """Bytes of the frame under way that are still to come; its head is ``_head``."""
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.transport.write(request(self.host))

    def get_buffer(self, sizehint: int) -> bytearray:
        return _shared

    def buffer_updated(self, size: int) -> None:
        data: bytes | bytearray = _shared
        if self._rest:
            data, self._rest = self._rest + _shared[:size], b""
            size = len(data)
        if not self.joined.done():
            self._shake_hands(bytes(data[:size]))
        elif self.on_heads and (heads := self._cut(data, size)):
            self.on_heads(heads)

    def _shake_hands(self, answer: bytes) -> None:
        head, end, frames = answer.partition(b"\r\n\r\n")
        if not end:
            self._rest = answer
            return
        if b" 101 " not in head[:20]:
            raise ConnectionError(head[:60].decode(errors="replace"))
        self._rest = frames
        self.transport.write(masked(self.greeting))
        self.joined.set_result(None)
        if self.on_heads is None:
            self.transport.pause_reading()

    def _cut(self, data: bytes | bytearray, size: int) -> list[bytes]:
        if self._left > size:
            self._left -= size
            return []
        heads, position = ([self._head], self._left) if self._left else ([], 0)
        self._left = 0
        while position < size:
            start, length = position + 2, data[position + 1] if position + 1 < size else 0
            if length > 125:
                start += 2 if length == 126 else 8
                length = int.from_bytes(data[position + 2 : start], "big")
            end = start + length
            if start > size or min(end, position + HEAD) > size:
                self._rest = bytes(data[position:size])
                break
            if data[position] != 0x81:
                raise ConnectionError(f"a frame that is no text: {bytes(data[position : position + 60])!r}")
            head = bytes(data[start : min(end, position + HEAD)])
            if end > size:
                self._head, self._left = head, end - size
                break
            heads.append(head)
            position = end
        return heads

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.joined.done():
            self.joined.set_exception(exc or ConnectionError("closed before it was open"))


async def connect(
    port: int, greeting: bytes, on_heads: Callable[[list[bytes]], None] | None, count: int = 1, at_once: int = 50
) -> list[Browser]:
    """So many browsers of a server on loopback, joined."""
    loop, browsers = asyncio.get_running_loop(), []
    for start in range(0, count, at_once):
        opening = [
            loop.create_connection(lambda: Browser(f"127.0.0.1:{port}", greeting, on_heads), "127.0.0.1", port)
            for _ in range(min(at_once, count - start))
        ]
        opened = [browser for _, browser in await asyncio.gather(*opening)]
        async with asyncio.timeout(60):
            await asyncio.gather(*(browser.joined for browser in opened))
        browsers += opened
    return browsers
