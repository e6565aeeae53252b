"""No address that a user can write leads to this machine, to its neighbours, or to the cloud's metadata."""

import socket
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import override_settings

from alerts.transports import TRANSPORTS, Message, Permanent, Temporary, guard, outgoing
from tests.alerts.receivers import Answer, http

MESSAGE = Message("k", "t", "t\n\nb", "h", "https://site.example/", 1)
LOOPBACK = (
    "127.0.0.1",
    "127.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::1]",
)
INSIDE = (
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[fe80::1]",
    "[fec0::1]",
    "[fd00:ec2::254]",
    "[2001:0:7f00:1::80ff:fffe]",
    "192.0.0.192",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "[ff02::1]",
    "240.0.0.1",
    "255.255.255.255",
)
PUBLIC = (
    "8.8.8.8",
    "93.184.216.34",
    "[2606:4700:4700::1111]",
    "134744072",
    "[64:ff9b::808:808]",
    "[2002:808:808::1]",
)


@pytest.fixture
def neighbour():
    """A server on this machine that nobody may reach."""
    with http(Answer(body=b"secret")) as server:
        yield server


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(outgoing, "CONNECT_S", 0.3)


def reach(url: str) -> None:
    """Past the form, as if it had been stored before the guard knew better."""
    TRANSPORTS["webhook"].send({"url": url, "key": "k" * 16}, MESSAGE)


@pytest.mark.parametrize("host", LOOPBACK)
def test_this_machine_is_not_reached_however_it_is_written(neighbour, host):
    port = neighbour.url.rpartition(":")[2]
    url = f"http://{host}:{port}/"
    assert guard.wrong_url(url)
    with pytest.raises((Permanent, Temporary)):
        reach(url)
    assert neighbour.got == []


@pytest.mark.parametrize("host", INSIDE)
def test_private_networks_are_refused_in_the_form_and_when_sending(host):
    assert "private" in guard.wrong_url(f"https://{host}/")
    with pytest.raises(Permanent, match="private"):
        reach(f"https://{host}/")


@pytest.mark.parametrize("host", PUBLIC)
def test_public_addresses_are_not_refused(host):
    assert guard.wrong_url(f"https://{host}/hook") == ""
    assert guard.addresses(host.strip("[]"), 443)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org@127.0.0.1/",
        "http://user:password@example.org/",
        "http://127.0.0.1:80\\@example.org/",
        "http://example.org:22/",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://example.org/\r\nX-Injected: yes",
        "http:///path",
        "//example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "javascript:alert(1)",
        "https://intranet/",
        "https://metadata.google.internal/",
        "https://" + "a" * 2000 + ".example.org/",
        "",
    ],
)
def test_what_is_no_plain_web_address_is_refused_in_the_form(url):
    assert guard.wrong_url(url)


def answers(monkeypatch, *rounds: list[str]) -> list[str]:
    """A resolver that answers so, one round after the other, the last for ever; the names it was asked for."""
    asked: list[str] = []

    def resolve(host, port, *args, **kwargs):
        asked.append(host)
        found = rounds[min(len(asked), len(rounds)) - 1]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in found
        ]

    monkeypatch.setattr(guard.socket, "getaddrinfo", resolve)
    return asked


def test_a_name_is_resolved_once_for_each_connection_and_what_it_meant_then_is_connected_to(
    neighbour, monkeypatch
):
    port = neighbour.url.rpartition(":")[2]
    asked = answers(monkeypatch, ["192.0.2.1"], ["127.0.0.1"])
    monkeypatch.setattr(guard, "is_public", lambda address: address == "192.0.2.1")
    with pytest.raises(Temporary):
        reach(f"http://rebinding.example:{port}/")
    assert asked == ["rebinding.example"], "the second answer, 127.0.0.1, was not asked for"
    with pytest.raises(Permanent, match="private"):
        reach(f"http://rebinding.example:{port}/")
    assert neighbour.got == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(neighbour, monkeypatch):
    answers(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(Permanent, match="private"):
        reach(f"http://both.example:{neighbour.url.rpartition(':')[2]}/")
    assert neighbour.got == []


def test_a_connection_that_was_kept_open_leads_where_it_was_checked(monkeypatch):
    """And a new one is checked anew."""
    with http() as server, override_settings(CONFIG=replace(settings.CONFIG, alerts_allow_private=True)):
        reach(server.url)
    with pytest.raises(Permanent):
        reach(server.url.replace("127.0.0.1", "127.0.0.2"))


def test_providers_go_by_the_same_guard(neighbour, monkeypatch):
    ntfy = TRANSPORTS["ntfy"]
    with pytest.raises(Permanent, match="private"):
        ntfy.send({"topic": "t", "server": neighbour.url}, MESSAGE)
    answers(monkeypatch, ["127.0.0.1"])
    discord = {"url": "https://discord.com/api/webhooks/123456789012345678/" + "t" * 60}
    with pytest.raises(Permanent, match="private"):
        TRANSPORTS["discord"].send(discord, MESSAGE)
    assert neighbour.got == []


def test_a_proxy_or_a_password_file_of_the_environment_is_not_used(neighbour, monkeypatch, tmp_path):
    monkeypatch.setenv("HTTP_PROXY", neighbour.url)
    monkeypatch.setenv("HTTPS_PROXY", neighbour.url)
    answers(monkeypatch, ["192.0.2.1"])
    monkeypatch.setattr(guard, "is_public", lambda address: True)
    with pytest.raises(Temporary):
        reach("http://example.org/")
    assert neighbour.got == []


def test_who_hosts_for_himself_may_allow_private_networks(neighbour):
    with override_settings(CONFIG=replace(settings.CONFIG, alerts_allow_private=True)):
        assert guard.wrong_url(f"{neighbour.url}/hook") == ""
        reach(f"{neighbour.url}/hook")
    assert len(neighbour.got) == 1
    assert not type(settings.CONFIG)().alerts_allow_private, "off by default"


def test_what_a_server_answers_is_not_read_for_ever(neighbour):
    neighbour.answer = Answer(body=b"x" * 1_000_000)
    with override_settings(CONFIG=replace(settings.CONFIG, alerts_allow_private=True)):
        assert len(outgoing.ask("POST", neighbour.url).content) <= 2 * outgoing.MOST_BYTES
