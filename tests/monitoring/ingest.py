"""A server that takes what Sentry's clients send, by their protocol: POST to /api/<project>/envelope/."""

import gzip
import json
import ssl
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import brotli
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

PROJECT = 42
UNPACK = {"gzip": gzip.decompress, "br": brotli.decompress}
KEY = "0123456789abcdef0123456789abcdef"


class Ingest:
    """``dsn`` leads here. ``items`` are (headers of the item, payload) of all envelopes, ``raw`` all that came."""

    def __init__(self, folder: Path | None = None) -> None:
        """With a folder it speaks https, and puts its certificate there."""
        self.items: list[tuple[dict[str, Any], Any]] = []
        self.raw: list[bytes] = []
        self.origins: set[str | None] = set()
        self._server = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"ingest": self}))
        self.certificate = str(self._encrypt(folder)) if folder else ""
        scheme, place = "https" if folder else "http", f"127.0.0.1:{self._server.server_port}"
        self.origin, self.dsn = f"{scheme}://{place}", f"{scheme}://{KEY}@{place}/{PROJECT}"

    def _encrypt(self, folder: Path) -> Path:
        file = folder / "certificate.pem"
        file.write_bytes(certificate())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        return file

    def __enter__(self) -> "Ingest":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes) -> None:
        """One envelope: a line of JSON, then for each item a line of JSON and its payload."""
        self.raw.append(body)
        _, _, rest = body.partition(b"\n")
        while rest.strip():
            head, _, rest = rest.lstrip(b"\n").partition(b"\n")
            headers = json.loads(head)
            length = headers.get("length", len(rest.split(b"\n", 1)[0]))
            payload, rest = rest[:length], rest[length:]
            try:
                self.items.append((headers, json.loads(payload)))
            except ValueError:
                self.items.append((headers, payload))

    def of(self, kind: str, process: str = "") -> list[Any]:
        """Payloads of a kind (``event``, ``transaction``, ``replay_recording``); of one process."""
        payloads = [payload for headers, payload in list(self.items) if headers["type"] == kind]
        return [one for one in payloads if not process or one.get("tags", {}).get("process") == process]

    def until(self, found: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
        """What ``found`` finds, once it does."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if there := found():
                return there
            time.sleep(0.05)
        raise AssertionError(f"no {what} came, but {[headers['type'] for headers, _ in self.items]}")

    def text(self) -> str:
        """All that came, as text."""
        return "\n".join(body.decode(errors="replace") for body in list(self.raw))


def certificate() -> bytes:
    """A key and a certificate for 127.0.0.1 that nobody has signed but itself, good for an hour."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + made.public_bytes(Encoding.PEM)


class Server(ThreadingHTTPServer):
    """Quiet about clients that hang up or do not trust the certificate at first."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if not isinstance(error, OSError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """POST takes an envelope; OPTIONS lets scripts of any origin send one, as Sentry does."""

    ingest: Ingest
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding")
        body = UNPACK[packed](body) if packed else body
        good = self.path.partition("?")[0] == f"/api/{PROJECT}/envelope/"
        if good:
            self.ingest.origins.add(self.headers.get("Origin"))
            self.ingest.take(body)
        self._answer(200 if good else 404, b"{}")

    def do_OPTIONS(self) -> None:
        self._answer(200, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "*")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
