"""Each provider at its own endpoint: what it is sent, and what its answers mean."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest
from django.core.exceptions import ValidationError

from alerts.transports import TRANSPORTS, Message, Permanent, Temporary, outgoing
from tests.alerts.delivering import trusting
from tests.alerts.receivers import Answer, Request, http

BOT = "123456:" + "a" * 35
SITE = {
    "telegram_bot_token": BOT,
    "pushover_app_token": "p" * 30,
    "sendgrid_api_key": "SG.key",
    "sendgrid_from": "site@example.org",
    "twilio_account_sid": "AC" + "a" * 32,
    "twilio_auth_token": "b" * 32,
    "twilio_sms_from": "+15551234567",
    "twilio_whatsapp_from": "+15551234568",
    "alerts_apprise_urls": True,
}
HOSTILE = "BTC <b>&amp; @everyone <!channel> <@1> *x* [a](http://evil) `q`"
MESSAGE = Message(
    key="7.1.fired.0.3",
    title=HOSTILE,
    text=f"{HOSTILE}\n\nValue: 1 < 2 & @here\nWhen: 14:03\n\nhttps://site.example/alerts/7/",
    html="<p>BTC</p>",
    url="https://site.example/alerts/7/",
    at=1,
)


@dataclass
class Case:
    """``shape``: of the request. ``told``: title and body in it, as the service would show them."""

    kind: str
    values: dict[str, str]
    origin: str
    path: str
    receipt: Answer
    told: Callable[[Request], str]
    sites: bool = False
    reads_body: bool = True


def form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


CASES = [
    Case(
        "telegram",
        {"chat": "12345678"},
        "https://api.telegram.org",
        f"/bot{BOT}/sendMessage",
        Answer(body=b'{"ok":true,"result":{"message_id":1}}'),
        lambda got: got.json["text"],
        sites=True,
    ),
    Case(
        "discord",
        {"url": "https://discord.com/api/webhooks/123456789012345678/" + "t" * 60},
        "https://discord.com",
        "/api/webhooks/123456789012345678/" + "t" * 60,
        Answer(204),
        lambda got: got.json["content"],
        reads_body=False,
    ),
    Case(
        "slack",
        {"url": "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24},
        "https://hooks.slack.com",
        "/services/T00000000/B00000000/" + "X" * 24,
        Answer(body=b"ok"),
        lambda got: got.json["attachments"][0]["title"] + got.json["attachments"][0]["text"],
    ),
    Case(
        "ntfy",
        {"topic": "my-topic", "token": "tk_abc"},
        "https://ntfy.sh",
        "/",
        Answer(body=b'{"id":"x"}'),
        lambda got: got.json["title"] + got.json["message"],
    ),
    Case(
        "pushover",
        {"user": "u" * 30},
        "https://api.pushover.net",
        "/1/messages.json",
        Answer(body=b'{"status":1,"request":"r"}'),
        lambda got: form(got)["title"] + form(got)["message"],
        sites=True,
    ),
    Case(
        "sms",
        {"to": "+49 151 12345678"},
        "https://api.twilio.com",
        "/2010-04-01/Accounts/AC" + "a" * 32 + "/Messages.json",
        Answer(201, body=b'{"sid":"SM1"}'),
        lambda got: form(got)["Body"],
        sites=True,
    ),
    Case(
        "whatsapp",
        {"to": "+4915112345678"},
        "https://api.twilio.com",
        "/2010-04-01/Accounts/AC" + "a" * 32 + "/Messages.json",
        Answer(201, body=b'{"sid":"SM1"}'),
        lambda got: form(got)["Body"],
        sites=True,
    ),
    Case(
        "sendgrid",
        {"to": "trader@example.org"},
        "https://api.sendgrid.com",
        "/v3/mail/send",
        Answer(202),
        lambda got: got.json["subject"] + got.json["content"][0]["value"],
        sites=True,
        reads_body=False,
    ),
    Case(
        "apprise",
        {"url": "gotifys://gotify.example.org/abcdefghijklmno"},
        "https://gotify.example.org",
        "/message",
        Answer(body=b'{"id":1}'),
        lambda got: got.json["title"] + got.json["message"],
        reads_body=False,
    ),
]


@pytest.fixture(autouse=True)
def _site():
    with trusting(**SITE):
        yield


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request):
    return request.param


@pytest.fixture
def server(case, monkeypatch):
    with http(case.receipt) as receiver:
        monkeypatch.setitem(outgoing.REROUTED, case.origin, receiver.url)
        yield receiver


def send(case: Case) -> None:
    transport = TRANSPORTS[case.kind]
    assert transport.offered() == ""
    transport.send(transport.clean(case.values), MESSAGE)


def test_it_is_sent_to_the_right_place_once_and_in_a_shape_that_the_provider_reads(case, server):
    send(case)
    (got,) = server.got
    assert (got.method, got.path) == ("POST", case.path)
    assert "14:03" in case.told(got) or case.kind == "sendgrid"
    assert case.told(got)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_that_is_ill_is_temporary_and_counts_as_down(case, server, status):
    server.answer = Answer(status, body=b"<html>")
    with pytest.raises(Temporary) as raised:
        send(case)
    assert raised.value.is_down
    assert len(server.got) == 1, "the library's own repetitions are switched off"


def test_it_is_asked_for_patience_by_the_head_or_in_the_providers_own_way(case, server):
    bodies = {"telegram": {"ok": False, "parameters": {"retry_after": 33}}, "discord": {"retry_after": 33.0}}
    body = json.dumps(bodies.get(case.kind, {})).encode()
    server.answer = Answer(429, {"Retry-After": "33"}, body)
    with pytest.raises(Temporary) as raised:
        send(case)
    assert raised.value.retry_after == 33
    assert not raised.value.is_down


def test_what_is_gone_is_permanent(case, server):
    server.answer = Answer(410)
    with pytest.raises(Permanent) as raised:
        send(case)
    assert raised.value.stops


def test_a_refused_key_stops_the_destination_only_if_it_is_the_users(case, server):
    server.answer = Answer(401, body=b"{}")
    with pytest.raises(Temporary if case.sites else Permanent):
        send(case)


def test_garbage_is_no_receipt(case, server):
    server.answer = Answer(raw=b"\x16\x03\x01 garbage\r\n\r\n")
    with pytest.raises(Temporary):
        send(case)
    if case.reads_body:
        server.answer = Answer(body=b"<html>Sign in to this network</html>")
        with pytest.raises(Temporary):
            send(case)


def test_a_server_that_is_silent_is_temporary(case, server, monkeypatch):
    monkeypatch.setattr(outgoing, "TIMEOUT_S", 0.2)
    server.answer = Answer(wait=0.6)
    with pytest.raises(Temporary, match="did not answer"):
        send(case)


def test_reasons_and_hints_hold_no_secret(case, server):
    transport = TRANSPORTS[case.kind]
    secret = transport.clean(case.values)
    hint = transport.hint(secret)
    reasons = []
    for answer in (Answer(500), Answer(410), Answer(raw=b"x"), Answer(403, body=b'{"description":"no"}')):
        server.answer = answer
        with pytest.raises((Temporary, Permanent)) as raised:
            send(case)
        reasons.append(str(raised.value))
    for value in [*secret.values(), *(str(one) for one in SITE.values() if one is not True)]:
        assert value not in hint
        assert not any(value in reason for reason in reasons)


def test_hostile_names_mean_nothing_where_they_are_shown(monkeypatch):
    """No mention, no mark-up, no link of somebody's."""
    shown = {}
    for case in CASES:
        with http(case.receipt) as receiver:
            monkeypatch.setitem(outgoing.REROUTED, case.origin, receiver.url)
            send(case)
            shown[case.kind] = case.told(receiver.got[0])
    assert "<b>BTC &lt;b&gt;&amp;amp; @everyone" in shown["telegram"], "the one tag is the title's"
    assert "@everyone" not in shown["discord"]
    assert "<@" not in shown["discord"]
    assert "\\[a\\]" in shown["discord"]
    assert "<!channel>" not in shown["slack"]
    assert "<@1>" not in shown["slack"]


@pytest.mark.parametrize(
    ("kind", "answer", "words"),
    [
        ("telegram", Answer(403, body=b'{"description":"Forbidden: bot was blocked by the user"}'), "blocked"),
        ("telegram", Answer(400, body=b'{"description":"Bad Request: chat not found"}'), "chat not found"),
        ("sms", Answer(400, body=b'{"code":21610}'), "START"),
        ("sms", Answer(400, body=b'{"code":21211}'), "no number"),
        ("pushover", Answer(400, body=b'{"user":"invalid","status":0}'), "user key"),
        ("discord", Answer(404, body=b'{"code":10015,"message":"Unknown Webhook"}'), "nothing at this address"),
        ("slack", Answer(403, body=b"invalid_token"), "right"),
    ],
)
def test_refusals_in_the_providers_own_words_stop_the_destination(monkeypatch, kind, answer, words):
    case = next(one for one in CASES if one.kind == kind)
    with http(answer) as receiver:
        monkeypatch.setitem(outgoing.REROUTED, case.origin, receiver.url)
        with pytest.raises(Permanent, match=words) as raised:
            send(case)
    assert raised.value.stops


def test_a_users_own_bot_is_used_and_its_refusal_is_his(monkeypatch):
    own = "654321:" + "z" * 35
    with http(Answer(401, body=b'{"ok":false,"description":"Unauthorized"}')) as receiver:
        monkeypatch.setitem(outgoing.REROUTED, "https://api.telegram.org", receiver.url)
        telegram = TRANSPORTS["telegram"]
        with pytest.raises(Permanent):
            telegram.send(telegram.clean({"chat": "@mychannel", "token": own}), MESSAGE)
    assert receiver.got[0].path == f"/bot{own}/sendMessage"


def test_an_ntfy_server_of_the_users_gets_his_token(monkeypatch):
    with http(Answer(body=b'{"id":"x"}')) as receiver:
        ntfy = TRANSPORTS["ntfy"]
        ntfy.send(ntfy.clean({"topic": "t", "server": receiver.url, "token": "tk_1"}), MESSAGE)
        assert receiver.got[0].headers["Authorization"] == "Bearer tk_1"


def test_twilio_is_asked_with_the_sites_account(monkeypatch):
    case = next(one for one in CASES if one.kind == "whatsapp")
    with http(case.receipt) as receiver:
        monkeypatch.setitem(outgoing.REROUTED, case.origin, receiver.url)
        send(case)
    user, _, password = b64decode(receiver.got[0].headers["Authorization"].split()[1]).decode().partition(":")
    assert (user, password) == (SITE["twilio_account_sid"], SITE["twilio_auth_token"])
    assert form(receiver.got[0])["From"] == "whatsapp:+15551234568"
    assert form(receiver.got[0])["To"] == "whatsapp:+4915112345678"


def test_what_needs_the_site_is_not_offered_without_it_and_says_what_to_set():
    with trusting(**dict.fromkeys(SITE, "") | {"alerts_apprise_urls": False}):
        said = {kind: one.offered() for kind, one in TRANSPORTS.items()}
        assert "SENDGRID_API_KEY" in said["sendgrid"]
        assert "TWILIO_SMS_FROM" in said["sms"]
        assert "TWILIO_WHATSAPP_FROM" in said["whatsapp"]
        assert "ALERTS_APPRISE_URLS" in said["apprise"]
        assert not said["email"] + said["webhook"] + said["telegram"] + said["ntfy"]
        with pytest.raises(ValidationError):
            TRANSPORTS["telegram"].clean({"chat": "1"})
        with pytest.raises(Permanent):
            TRANSPORTS["apprise"].send({"url": CASES[-1].values["url"]}, MESSAGE)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("email", {"to": "a@b\r\nBcc: c@d.e"}),
        ("email", {"to": ""}),
        ("telegram", {"chat": "me"}),
        ("telegram", {"chat": "1", "token": "abc"}),
        ("discord", {"url": "https://evil.example/api/webhooks/1/" + "t" * 60}),
        ("discord", {"url": "https://discord.com.evil.example/api/webhooks/1/" + "t" * 60}),
        ("slack", {"url": "https://hooks.slack.com.evil.example/services/T00000000/B00000000/" + "X" * 24}),
        ("ntfy", {"topic": "a/b"}),
        ("ntfy", {"topic": "a", "server": "https://x.example/path"}),
        ("pushover", {"user": "short"}),
        ("sms", {"to": "0151"}),
        ("sendgrid", {"to": "nobody"}),
        ("webhook", {"url": "ftp://x.example"}),
        ("webhook", {"url": "https://u:p@x.example/"}),
        ("webhook", {"url": "https://x.example/a b"}),
        ("webhook", {"url": "https://x.example/", "key": "short"}),
        ("apprise", {"url": "nonsense"}),
        ("apprise", {"url": "mailto://user:pass@example.org"}),
        ("apprise", {"url": "syslog://"}),
        ("apprise", {"url": "mqtt://localhost/topic"}),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_entry(kind, values):
    with pytest.raises(ValidationError) as raised:
        TRANSPORTS[kind].clean(values)
    names = {entry.name for entry in TRANSPORTS[kind].entries}
    assert set(raised.value.message_dict) <= names
