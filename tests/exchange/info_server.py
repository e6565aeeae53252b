"""A real HTTP server on loopback that answers ``/info`` with what a test lays out."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class InfoServer(ThreadingHTTPServer):
    """Answers by turns from ``answers``; the last one stays. ``asked`` has the bodies that came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[dict[str, Any]] = []
        self.answers: list[Any] = []
        self.hold = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def will(self, *answers: Any) -> None:
        """Each is a JSON value, bytes, (status, bytes, headers if any), a function of the body, or ``silence``."""
        self.answers = list(answers)

    def next_answer(self, body: dict[str, Any]) -> tuple[int, bytes, dict[str, str]] | None:
        self.asked.append(body)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(body)
        if answer == "silence":
            return None
        if isinstance(answer, tuple):
            return (*answer, {}) if len(answer) == 2 else answer
        return 200, answer if isinstance(answer, bytes) else json.dumps(answer).encode(), {}


class Handler(BaseHTTPRequestHandler):
    server: InfoServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert self.path == "/info"
        assert self.headers["Content-Type"] == "application/json"
        answer = self.server.next_answer(body)
        if answer is None:
            self.server.hold.wait(20)
            self.close_connection = True
            return
        status, content, headers = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def info_server() -> Iterator[InfoServer]:
    server = InfoServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()
