"""Web push against a push service of our own, which checks signatures and reads messages as browsers do."""

import base64
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import ValidationError
from py_vapid import Vapid02

from alerts.transports import Message, Permanent, Temporary
from alerts.transports.push import MOST_TEXT, Push, public_key

KEY = "eBcMyDkqQVrrJH0ijMVvNzCtuAGXuVXO5d2BkVDBpnA"
push = Push()


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Browser:
    """What a browser keeps of a subscription: its private key and a secret."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    def subscription(self, endpoint: str) -> dict[str, str]:
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": endpoint, "p256dh": encoded(public), "auth": encoded(self.auth)}

    def read(self, body: bytes) -> dict:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth))


class Service(ThreadingHTTPServer):
    """A push service: keeps what it is given, answers as it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.status, self.headers, self.taken = 201, {}, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((dict(self.headers), body))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running():
    server = Service()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service(settings):
    settings.CONFIG = replace(settings.CONFIG, alerts_allow_private=True, vapid_private_key=KEY)
    with running() as server:
        yield server


def message(**changes) -> Message:
    values = {"key": "7.1.fired.0.3", "title": "BTC is above 100,000", "text": "Now 100,001", "html": "", "at": 5}
    return Message(**{**values, "url": "https://site/alerts/7/", **changes})


def test_the_browser_alone_reads_what_is_told(service):
    browser = Browser()
    push.send(push.clean(browser.subscription(f"{service.url}/send/abcd")), message())
    [(headers, body)] = service.taken
    assert browser.read(body) == {
        "key": "7.1.fired.0.3",
        "title": "BTC is above 100,000",
        "text": "Now 100,001",
        "url": "https://site/alerts/7/",
        "at": 5,
    }
    assert b"BTC" not in body
    assert headers["Content-Encoding"] == "aes128gcm"
    assert headers["TTL"] == "21600"


def test_the_service_knows_by_the_signature_that_it_comes_from_this_site(service):
    push.send(push.clean(Browser().subscription(f"{service.url}/send/abcd")), message())
    headers, _ = service.taken[0]
    assert Vapid02.verify(headers["Authorization"])
    assert f"k={public_key()}" in headers["Authorization"]
    token = headers["Authorization"].removeprefix("vapid t=").partition(",")[0]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["aud"] == service.url
    assert time.time() < claims["exp"] < time.time() + 24 * 3600
    assert claims["sub"].startswith("mailto:")


def test_another_try_replaces_what_was_not_shown_yet_and_another_message_does_not(service):
    secret = push.clean(Browser().subscription(f"{service.url}/send/abcd"))
    for key in ("one", "one", "two"):
        push.send(secret, message(key=key))
    topics = [headers["Topic"] for headers, _ in service.taken]
    assert topics[0] == topics[1] != topics[2]
    assert all(len(topic) == 32 for topic in topics)


def test_a_long_text_in_any_language_fits_into_what_services_take(service):
    push.send(
        push.clean(Browser().subscription(f"{service.url}/send/abcd")),
        message(title="価" * 999, text="😀" * 3 * MOST_TEXT),
    )
    assert 1000 < len(service.taken[0][1]) <= 4096


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_has_withdrawn_is_told_no_more_and_its_user_what_to_do(service, status):
    service.status = status
    with pytest.raises(Permanent, match="add it again") as raised:
        push.send(push.clean(Browser().subscription(f"{service.url}/send/abcd")), message())
    assert raised.value.stops


@pytest.mark.parametrize("status", [401, 403])
def test_another_key_of_the_site_is_said_to_be_the_reason(service, status):
    service.status = status
    with pytest.raises(Permanent, match="another key"):
        push.send(push.clean(Browser().subscription(f"{service.url}/send/abcd")), message())


@pytest.mark.parametrize(("status", "wait"), [(429, 30.0), (500, None), (503, None)])
def test_a_busy_service_is_asked_again_later(service, status, wait):
    service.status, service.headers = status, {"Retry-After": "30"} if wait else {}
    with pytest.raises(Temporary) as raised:
        push.send(push.clean(Browser().subscription(f"{service.url}/send/abcd")), message())
    assert raised.value.retry_after == wait


def test_a_message_that_is_too_long_for_a_service_stops_nothing_else(service):
    service.status = 413
    with pytest.raises(Permanent) as raised:
        push.send(push.clean(Browser().subscription(f"{service.url}/send/abcd")), message())
    assert not raised.value.stops


def test_a_service_in_a_private_network_is_never_asked(service, settings):
    settings.CONFIG = replace(settings.CONFIG, alerts_allow_private=False)
    with pytest.raises(ValidationError):
        push.clean(Browser().subscription(f"{service.url}/send/abcd"))
    with pytest.raises(Permanent, match="private network"):
        push.send(Browser().subscription(f"{service.url}/send/abcd"), message())
    assert service.taken == []


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("endpoint", "http://push.example.org/x"),
        ("endpoint", "https://169.254.169.254/latest"),
        ("endpoint", ""),
        ("p256dh", "AAAA"),
        ("p256dh", encoded(b"\x04" + bytes(64))),
        ("p256dh", "not base64 at all!"),
        ("auth", "AAAA"),
        ("auth", ""),
    ],
)
def test_what_is_no_subscription_is_refused_by_name(entry, value, settings):
    settings.CONFIG = replace(settings.CONFIG, alerts_allow_private=False)
    good = Browser().subscription("https://push.example.org/send/abcd")
    assert push.clean(good) == good
    with pytest.raises(ValidationError) as wrong:
        push.clean(good | {entry: value})
    assert list(wrong.value.message_dict) == [entry]


def test_without_a_key_of_the_site_it_is_not_offered(settings):
    settings.CONFIG = replace(settings.CONFIG, vapid_private_key="")
    assert "VAPID_PRIVATE_KEY" in push.offered()
    assert public_key() == ""


def test_the_hint_is_the_service_and_the_end_of_the_address():
    secret = Browser().subscription("https://fcm.googleapis.com/fcm/send/" + "x" * 150 + "wxyz")
    assert push.hint(secret) == "fcm.googleapis.com/…wxyz"
    assert push.service(secret) == "fcm.googleapis.com"


def test_what_stands_beside_the_text_is_not_said_in_it(service):
    browser = Browser()
    text = "BTC is above 100,000\n\nValue: 100,001 USD\nWhen: today\nRule: the whole of it\n\nmy note\n\nhttps://site/alerts/7/"
    push.send(push.clean(browser.subscription(f"{service.url}/send/abcd")), message(text=text))
    assert browser.read(service.taken[0][1])["text"] == "Value: 100,001 USD\nmy note"
