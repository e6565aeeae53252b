"""Line: the way out to one browser. It takes a message at once or refuses it; nobody ever awaits it.

``DaphneLine`` writes the finished websocket frame to the socket itself. That is safe only while
nothing is queued before it, the connection is open and no extension rewrites frames; so it looks at
what Twisted has queued, and ``line_for`` falls back to ``PlainLine``, ASGI's own ``send``, otherwise.
Daphne's ``send`` never waits for the browser, so ``PlainLine`` looks at the same queue.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any, Protocol

from twisted.internet.tcp import Connection

FULL = 64 * 1024
"""Bytes queued in this process above which a line takes no more."""
KERNEL_BUFFER = 128 * 1024
"""Bytes the kernel may queue (it doubles the figure): one that stops reading costs this and ``FULL``, no more."""

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Message:
    """Text messages that go out together, in the two forms in which lines take them."""

    __slots__ = ("__dict__", "framed", "raws")

    def __init__(self, *raws: bytes) -> None:
        self.raws = raws
        self.framed = b"".join(map(websocket_frame, raws))

    @cached_property
    def texts(self) -> list[str]:
        return [raw.decode() for raw in self.raws]


def websocket_frame(payload: bytes) -> bytes:
    """A whole, unmasked text frame (RFC 6455 section 5.2)."""
    length = len(payload)
    if length < 126:
        return b"\x81" + length.to_bytes(1, "big") + payload
    if length < 65_536:
        return b"\x81\x7e" + length.to_bytes(2, "big") + payload
    return b"\x81\x7f" + length.to_bytes(8, "big") + payload


class Line(Protocol):
    """What the fan-out needs."""

    def write(self, message: Message) -> bool:
        """Take the message; False: too much is queued, it was not taken. A closing line swallows it."""

    def has_drained(self) -> bool:
        """Whether everything taken has left this process."""

    def close(self, code: int, reason: str) -> None:
        """Say goodbye, and hang up even if the browser does not answer."""


def line_for(scope: dict[str, Any], send: Send) -> Line:
    """The fast line if our server offers its connection and that is as simple as it must be."""
    protocol = scope.get("daphne_protocol")
    transport = getattr(protocol, "transport", None)
    if not isinstance(transport, Connection):
        return PlainLine(send)
    transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
    if transport.TLS or protocol._perMessageCompress is not None or scope.get("plain"):
        return PlainLine(send, transport)
    return DaphneLine(protocol)


def queued(transport: Any) -> int:
    """Bytes that Twisted has taken and the kernel has not."""
    return len(transport.dataBuffer) + int(transport._tempDataLen)


class DaphneLine:
    """Straight to the socket of a daphne connection (Autobahn's protocol on Twisted's TCP transport)."""

    __slots__ = ("_open", "protocol", "transport")

    def __init__(self, protocol: Any) -> None:
        self.protocol, self.transport = protocol, protocol.transport
        self._open = protocol.STATE_OPEN

    def write(self, message: Message) -> bool:
        transport, framed = self.transport, message.framed
        if self.protocol.state != self._open or not transport.connected or transport.disconnecting:
            return True
        waiting = queued(transport)
        if waiting or self.protocol.send_queue:
            if waiting > FULL:
                return False
            transport.write(framed)
            return True
        try:
            sent = transport.socket.send(framed)
        except OSError:  # full (BlockingIOError) or broken: Twisted's own writer will find out which
            sent = 0
        if sent < len(framed):
            transport.write(framed[sent:])
        return True

    def has_drained(self) -> bool:
        return not (queued(self.transport) or self.protocol.send_queue)

    def close(self, code: int, reason: str) -> None:
        """The close frame may be stuck behind what was not read: Autobahn hangs up a second later."""
        if self.protocol.state == self._open:
            self.protocol.sendCloseFrame(code=code, reasonUtf8=reason.encode(), isReply=False)


class PlainLine:
    """By ASGI's ``send``, from a queue that one task empties; ``transport`` is Twisted's, to see its queue."""

    def __init__(self, send: Send, transport: Any = None) -> None:
        self._send, self._transport = send, transport
        self._waiting: deque[dict[str, Any]] = deque()
        self._queued = 0
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def write(self, message: Message) -> bool:
        if self._closing:
            return True
        if self._waiting_bytes() > FULL:
            return False
        for text in message.texts:
            self._put({"type": "websocket.send", "text": text})
        return True

    def has_drained(self) -> bool:
        return not self._waiting_bytes()

    def _waiting_bytes(self) -> int:
        return self._queued + (queued(self._transport) if self._transport else 0)

    def close(self, code: int, reason: str) -> None:
        """An application may send 1000 and 3000 to 4999 only: another code has 3000 added (1012 is 4012)."""
        if not self._closing:
            self._closing = True
            self._waiting.clear()
            sendable = code if code == 1000 or code >= 3000 else 3000 + code
            self._put({"type": "websocket.close", "code": sendable, "reason": reason})

    def _put(self, event: dict[str, Any]) -> None:
        self._waiting.append(event)
        self._queued += len(event.get("text", ""))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._empty())

    async def _empty(self) -> None:
        while self._waiting:
            event = self._waiting.popleft()
            try:
                await self._send(event)
            except (OSError, RuntimeError):  # closed in between: the consumer hears of it by itself
                self._closing = True
                self._waiting.clear()
            self._queued -= len(event.get("text", ""))
