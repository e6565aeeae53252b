"""Connection: one WebSocket to the exchange, as bytes in and bytes out.

The protocol is ``websockets``' own, without its I/O layer: a few microseconds a frame, and several
frames of one read are handed on together. No compression (the exchange has none), no protocol pings
(it wants ``{"method": "ping"}`` instead), large frames allowed. What frames mean is decided elsewhere.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import cast

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidURI
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from exchange.framing import Splitter

MAX_FRAME_BYTES = 64 << 20
HEADERS_END = b"\r\n\r\n"
LONGEST_ANSWER = 64 << 10
OPENING_SECONDS = 10.0
"""Of real time, not of the feed's clock: a network is as slow as it is."""


class CannotConnect(OSError):
    """The socket could not be opened; the message says why."""


class Connection(asyncio.Protocol):
    """An open socket. ``on_frames`` gets the messages of each read, ``on_close`` the reason, once."""

    def __init__(
        self, url: str, on_frames: Callable[[list[bytes]], None], on_close: Callable[[str], None]
    ) -> None:
        self._ws = ClientProtocol(parse_uri(url), max_size=MAX_FRAME_BYTES)
        self._on_frames = on_frames
        self._on_close = on_close
        self._transport: asyncio.Transport | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer = b""
        self._splitter: Splitter | None = None
        self._parts: list[bytes] = []
        self._paused = False
        self.is_gone = False

    @classmethod
    async def open(
        cls, url: str, on_frames: Callable[[list[bytes]], None], on_close: Callable[[str], None]
    ) -> "Connection":
        """Connect and shake hands; raise CannotConnect."""
        try:
            uri = parse_uri(url)
            connection = cls(url, on_frames, on_close)
            async with asyncio.timeout(OPENING_SECONDS):
                await asyncio.get_running_loop().create_connection(
                    lambda: connection, uri.host, uri.port, ssl=True if uri.secure else None
                )
                try:
                    await connection._ready
                except BaseException:
                    connection.close()
                    raise
        except (OSError, InvalidURI) as error:
            raise CannotConnect(f"{type(error).__name__}: {error}".removesuffix(": ")) from error
        return connection

    def send(self, message: bytes) -> None:
        """Send one text frame; nothing happens on a socket that is already going."""
        if self._ws.state is OPEN:
            self._ws.send_text(message)
            self._flush()

    def close(self) -> None:
        """End the connection now; ``on_close`` is not called."""
        self._on_close = _ignore
        if self._transport is not None:
            self._transport.abort()

    def pause(self) -> None:
        """Read no more for now: the kernel, then the exchange, holds what comes."""
        if self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and self._paused:
            self._paused = False
            self._transport.resume_reading()

    # asyncio.Protocol ----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ws.send_request(self._ws.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        if self._splitter is None:
            data = self._shake_hands(data)
        messages, others = self._splitter.feed(data) if self._splitter else ([], [])
        for other in others:
            self._ws.receive_data(other)
        messages += [message for event in self._ws.events_received() if (message := self._read(event)) is not None]
        if messages:
            self._on_frames(messages)
        self._flush()

    def _shake_hands(self, data: bytes) -> bytes:
        """The library reads the answer to our request, up to its empty line; what follows are frames."""
        self._answer += data
        answer, end, frames = self._answer.partition(HEADERS_END)
        if not end and len(self._answer) < LONGEST_ANSWER:
            return b""
        self._ws.receive_data(answer + end)
        self._splitter = Splitter(MAX_FRAME_BYTES, gives_up=self._ws.state is not OPEN)
        return frames

    def eof_received(self) -> None:
        self._ws.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_gone = True
        with contextlib.suppress(EOFError):
            self._ws.receive_eof()
        reason = self._reason(exc)
        if not self._ready.done():
            self._ready.set_exception(CannotConnect(reason))
        elif not self._ready.cancelled() and self._ready.exception() is None:
            self._on_close(reason)

    def _read(self, event: object) -> bytes | None:
        """A whole message, if the event ends one."""
        if isinstance(event, Response):
            self._shaken()
        if not isinstance(event, Frame) or event.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return None
        if event.fin and not self._parts:
            return bytes(event.data)
        self._parts.append(bytes(event.data))
        if not event.fin:
            return None
        whole, self._parts = b"".join(self._parts), []
        return whole

    def _shaken(self) -> None:
        if self._ready.done():
            return
        if self._ws.handshake_exc is None:
            self._ready.set_result(None)
        else:
            self._ready.set_exception(CannotConnect(str(self._ws.handshake_exc)))

    def _flush(self) -> None:
        for data in self._ws.data_to_send():
            if self._transport is None or self._transport.is_closing():
                return
            if data:
                self._transport.write(data)
            else:
                self._transport.close()

    def _reason(self, exc: Exception | None) -> str:
        if self._ws.handshake_exc is not None:
            return str(self._ws.handshake_exc)
        if self._ws.close_rcvd is not None:
            return f"closed with {self._ws.close_rcvd.code} {self._ws.close_rcvd.reason}".strip()
        return f"ended without a word ({exc})" if exc else "ended without a word"


def _ignore(reason: str) -> None:
    """For a connection that we ended ourselves."""
