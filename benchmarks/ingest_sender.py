"""A process that sends the same frames to a WebSocket as fast as it takes them, then ends.

It begins when the client has sent something and is quiet again.
"""

import base64
import hashlib
import multiprocessing
import socket
import struct
import threading
from multiprocessing.connection import Connection

CLOSE = b"\x88\x02\x03\xe8"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def framed(frame: bytes) -> bytes:
    """A text frame as servers send it."""
    size = len(frame)
    if size < 126:
        return struct.pack("!BB", 0x81, size) + frame
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + frame
    return struct.pack("!BBQ", 0x81, 127, size) + frame


class Sender:
    """Listens on loopback in a process of its own; serves one client."""

    def __init__(self, frames: list[bytes], times: int) -> None:
        self._stream = b"".join(map(framed, frames))
        self._times = times

    def __enter__(self) -> "Sender":
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self._stream, self._times), daemon=True)
        self._process.start()
        self.url = f"ws://127.0.0.1:{self._pipe.recv()}/ws"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _serve(pipe: Connection, stream: bytes, times: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        pipe.send(server.getsockname()[1])
        client, _ = server.accept()
        with client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _shake_hands(client)
            _hear_out(client)
            threading.Thread(target=_listen, args=(client,), daemon=True).start()
            for _ in range(times):
                client.sendall(stream)
            client.sendall(CLOSE)
            client.shutdown(socket.SHUT_WR)
            pipe.poll(600)


def _shake_hands(client: socket.socket) -> None:
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(4096)
    headers = dict(line.split(b": ", 1) for line in request.split(b"\r\n")[1:] if b": " in line)
    key = next(value for name, value in headers.items() if name.lower() == b"sec-websocket-key")
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def _hear_out(client: socket.socket) -> None:
    """Wait until the client has said what it subscribes to."""
    client.recv(65536)
    client.settimeout(0.3)
    try:
        while client.recv(65536):
            pass
    except TimeoutError:
        client.settimeout(None)


def _listen(client: socket.socket) -> None:
    """Hear what else the client says, and do not care."""
    try:
        while client.recv(65536):
            pass
    except OSError:
        return
