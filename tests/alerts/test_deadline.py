"""However slow a receiver is, and in whatever way: a try ends in time, and the next one is not disturbed."""

import socket
import threading
import time

import pytest

from alerts.transports import TRANSPORTS, Message, Temporary, guard, mail, outgoing
from tests.alerts.delivering import trusting
from tests.alerts.receivers import Answer, http, smtp

MESSAGE = Message("k", "t", "t\n\nb", "h", "https://site.example/", 1)
LIMIT_S, GENEROUS_S = 0.5, 3.0
"""What is allowed, and what it must not take; each of these receivers would hold on for much longer."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(outgoing, "TIMEOUT_S", LIMIT_S)
    with trusting():
        yield


def ends_in_time(url: str) -> None:
    began = time.monotonic()
    with pytest.raises(Temporary, match="did not answer within"):
        outgoing.ask("POST", url, data=b"x")
    assert time.monotonic() - began < GENEROUS_S


@pytest.mark.parametrize("head", [b"H", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_a_receiver_that_drips_its_head_is_cut_off_and_the_next_request_goes_well(head):
    with http(Answer(drip=head)) as server:
        ends_in_time(server.url)
        server.answer = Answer(204)
        assert outgoing.ask("POST", server.url).status_code == 204
        time.sleep(LIMIT_S)  # the deadline of a request that is over cuts nothing off
        assert outgoing.ask("POST", server.url).status_code == 204


def test_a_receiver_that_drips_on_a_connection_that_was_kept_open_is_cut_off():
    with http() as server:
        outgoing.ask("POST", server.url)
        server.answer = Answer(drip=b"HTTP/1.1 ")
        ends_in_time(server.url)


def test_a_whole_body_of_which_the_head_came_in_time_is_not_taken_for_an_answer_when_it_is_cut_off():
    with http(Answer(trickle=True)) as server:
        ends_in_time(server.url)


def test_a_handshake_that_drips_ends_in_time():
    record = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc"  # the beginning of a long ServerHello
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            with listener.accept()[0] as peer:
                try:
                    peer.sendall(record)
                    while True:
                        peer.sendall(b"\x00")
                        time.sleep(0.05)
                except OSError:
                    return

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        ends_in_time(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join(GENEROUS_S)


def test_many_addresses_that_do_not_answer_have_one_limit_together(monkeypatch):
    monkeypatch.setattr(outgoing, "CONNECT_S", LIMIT_S)
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for one in (first, second):  # the queue is full: who comes now is left waiting
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        found = guard.addresses(*listener.getsockname())
        monkeypatch.setattr(guard, "addresses", lambda host, port: found * 20)
        ends_in_time(f"http://127.0.0.1:{listener.getsockname()[1]}/")


def test_a_name_server_that_does_not_answer_holds_nobody_up(monkeypatch):
    asked, over = threading.Event(), threading.Event()

    def resolve(*args, **kwargs):
        asked.set()
        over.wait(60)
        raise OSError

    monkeypatch.setattr(guard.socket, "getaddrinfo", resolve)
    ends_in_time("http://slow.example/")
    assert asked.is_set()
    over.set()


def test_all_requests_of_one_message_have_one_limit_together_and_the_next_message_its_own():
    with http(Answer(wait=LIMIT_S * 0.6)) as server, trusting(alerts_apprise_urls=True):
        four = {"url": f"{server.url.replace('http:', 'ntfy:')}/one/two/three/four"}
        began = time.monotonic()
        with pytest.raises(Temporary, match="did not answer within"):
            TRANSPORTS["apprise"].send(four, MESSAGE)
        assert time.monotonic() - began < GENEROUS_S
        assert len(server.got) <= 2
        server.got.clear()
        server.answer = Answer()
        TRANSPORTS["apprise"].send(four, MESSAGE)
        assert len(server.got) == 4
        time.sleep(LIMIT_S)
        assert outgoing.ask("POST", server.url).status_code == 200


def test_a_mail_server_that_takes_its_time_with_each_step_is_cut_off(monkeypatch):
    monkeypatch.setattr(mail, "MAIL_S", LIMIT_S)
    monkeypatch.setattr(mail, "TIMEOUT_S", 60.0)
    with smtp() as box:
        box.pause_s = 5.0
        began = time.monotonic()
        with pytest.raises(Temporary, match="could not be reached"):
            TRANSPORTS["email"].send({"to": "a@example.org"}, MESSAGE)
        assert time.monotonic() - began < GENEROUS_S
