"""Who asks: the word of a trusted proxy, and of nobody else."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from accounts.proxies import TrustedProxies, client_of, networks

TRUSTED = networks(["10.0.0.0/8", "::1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("10.0.0.1", "10.0.0.9, 10.0.0.7", "10.0.0.9"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, <script>", "10.0.0.1"),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
    ],
)
def test_the_client_is_the_first_stranger_on_the_way_back(peer, forwarded, client):
    assert client_of(peer, forwarded, TRUSTED) == client


@pytest.fixture
def seen(settings):
    """What a view sees of a request that came from ``peer`` with forwarding headers."""
    settings.TRUSTED_PROXIES = ("10.0.0.0/8",)
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    requests = []
    middleware = TrustedProxies(lambda request: requests.append(request) or HttpResponse())

    def ask(peer: str):
        headers = {"HTTP_X_FORWARDED_FOR": "198.51.100.1", "HTTP_X_FORWARDED_PROTO": "https"}
        middleware(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))
        return requests[-1]

    return ask


def test_a_trusted_proxy_says_who_asks_and_that_it_was_by_https(seen):
    request = seen("10.0.0.1")
    assert (request.META["REMOTE_ADDR"], request.is_secure()) == ("198.51.100.1", True)


def test_a_stranger_cannot_say_either(seen):
    request = seen("203.0.113.9")
    assert (request.META["REMOTE_ADDR"], request.is_secure()) == ("203.0.113.9", False)


def test_a_socket_of_this_machine_has_an_address_too(seen):
    assert seen("").META["REMOTE_ADDR"] == "127.0.0.1"
