"""What one process asks of another takes along the id of what it was asked for."""

from alerts import announce
from dashboard.mirror import Mirror
from dashboard.publish import Publisher
from dashboard.socket_log import given_id, noted
from exchange import log_id
from exchange.board import Board
from exchange.clock import ManualClock
from exchange.market import Market


async def test_the_feed_hears_for_which_request_a_topic_is_wanted_and_only_once(monkeypatch):
    mirror, told, seen = Mirror(), [], []

    async def tell(message):
        told.append(message)

    monkeypatch.setattr(mirror, "_tell", tell)
    with log_id.bound("request-9"):
        await mirror.hold("book:BTC", object())
    await mirror._announce()
    mirror._wants_demand.set()
    await mirror._announce()
    assert [(message["topics"], message["id"]) for message in told] == [
        (["book:BTC"], "request-9"),
        (["book:BTC"], ""),
    ]

    class Demand:
        def hold(self, holder, topics):
            seen.append(log_id.current())

    clock = ManualClock()
    publisher = Publisher(Board(Market(), clock, "simulated"), Demand(), None, None, clock)
    with log_id.bound("feed.7"):
        for message in told:
            publisher.take(message)
    assert seen == ["request-9", "feed.7"]


def test_open_pages_hear_of_which_message_or_request_something_is_new(monkeypatch):
    sent = []

    async def send(message):
        sent.append(message)

    monkeypatch.setattr(announce, "_send", send)
    with log_id.bound("17.4.fired.0.3"):
        announce.announce(5, {"text": "BTC"})
    assert [(message["user"], message["id"]) for message in sent] == [(5, "17.4.fired.0.3")]


async def test_a_socket_has_the_id_of_a_trusted_proxy_or_a_new_one(settings, caplog):
    settings.TRUSTED_PROXIES = ("10.0.0.0/8",)
    caplog.set_level("INFO", "access.socket")
    seen = []

    async def application(scope, receive, send):
        seen.append(log_id.current())

    for peer, given in (("10.0.0.1", b"proxy-7"), ("203.0.113.9", b"theirs"), ("10.0.0.1", b"a b")):
        scope = {"path": "/ws", "client": [peer, 1], "headers": [(b"x-request-id", given)]}
        await noted(application)(scope, None, None)
    assert seen[0] == "proxy-7"
    assert [len(one) for one in seen[1:]] == [32, 32]
    assert seen[1] != seen[2]
    assert [record.path for record in caplog.records if record.name == "access.socket"] == ["/ws"] * 3
    assert given_id({"headers": [(b"x-request-id", b"of-this-machine")], "client": None}) == ""
