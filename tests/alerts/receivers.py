"""Real servers that get messages: HTTP with answers that a test chooses, and SMTP."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from django.test import override_settings


@dataclass
class Request:
    """What came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Answer:
    """What is said to it; after ``wait`` seconds. ``trickle``: a byte of the body each 50 ms, without end.

    ``drip``: so much of the head at once, and then a byte each 50 ms, without end.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait: float = 0.0
    trickle: bool = False
    raw: bytes = b""
    drip: bytes = b""


class Receiver:
    """``got`` has the requests; ``answer`` may be an Answer, or say one for each request."""

    def __init__(self, answer: Answer | Callable[[Request], Answer] | None = None) -> None:
        self.got: list[Request] = []
        self.answer = answer or Answer()
        self.url = ""

    @property
    def keys(self) -> list[str]:
        """Of deliveries, in the order in which they came; those of digests each by themselves."""
        return [key for one in self.got for key in one.json["keys"]]

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = handler.rfile.read(length)
        if len(body) < length:  # the sender was killed in the middle: nothing has come
            handler.close_connection = True
            return
        one = Request(handler.command, handler.path, dict(handler.headers.items()), body, time.time())
        self.got.append(one)
        answer = self.answer if isinstance(self.answer, Answer) else self.answer(one)
        time.sleep(answer.wait)
        if answer.raw:
            handler.wfile.write(answer.raw)
            handler.close_connection = True
            return
        if answer.drip:
            handler.wfile.write(answer.drip)
            drip(handler)
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if not answer.trickle:
            handler.send_header("Content-Length", str(len(answer.body)))
        handler.end_headers()
        if answer.trickle:
            drip(handler)
        handler.wfile.write(answer.body)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Until the other side hangs up."""
    handler.close_connection = True
    while True:
        handler.wfile.write(b".")
        handler.wfile.flush()
        time.sleep(0.05)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def handle_error(self, request, client_address) -> None:
        """A client that hung up is what some tests are about."""


@contextmanager
def http(answer: Answer | Callable[[Request], Answer] | None = None) -> Iterator[Receiver]:
    """An HTTP server on loopback, on a free port."""
    receiver = Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, or the kernel waits with the second

        def do_POST(self) -> None:
            receiver.take(self)

        def do_PUT(self) -> None:
            receiver.take(self)

        def log_message(self, *args) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mailbox:
    """``replies``: to RCPT and to DATA, "" is yes; after ``pause_s`` to RCPT."""

    def __init__(self) -> None:
        self.pause_s = 0.0
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.at_rcpt = self.at_data = ""

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        await asyncio.sleep(self.pause_s)
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        if self.at_data:
            return self.at_data
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.to += envelope.rcpt_tos
        return "250 OK"


class _Controller(Controller):
    """On a free port: the library itself knocks at the one that it was given."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def smtp() -> Iterator[Mailbox]:
    """An SMTP server on loopback that the site's mail is handed in to."""
    box = Mailbox()
    controller = _Controller(box, hostname="127.0.0.1", port=0)
    controller.start()
    backend = "django.core.mail.backends.smtp.EmailBackend"
    try:
        with override_settings(EMAIL_BACKEND=backend, EMAIL_HOST="127.0.0.1", EMAIL_PORT=controller.port):
            yield box
    finally:
        controller.stop()
