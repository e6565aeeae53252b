"""The code by which docs/alerts.md verifies a webhook, run on what is really sent."""

import re
from pathlib import Path

import pytest

from alerts.transports.webhook import headers
from tests.alerts.delivering import deliver, told, trusting
from tests.alerts.receivers import http

PAGE = Path(__file__).resolve().parents[2] / "docs" / "alerts.md"
KEY = "a key of the user"


@pytest.fixture
def receive():
    (code,) = re.findall(r"```python\n(import hashlib.*?)```", PAGE.read_text(), re.S)
    names: dict = {}
    exec(code, names)
    return names["receive"]


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_is_accepted_once_and_nothing_else_is(cast, receive):
    with trusting(), http() as server:
        (one,) = told(cast.alice, server.url)
        deliver()
    (got,) = server.got
    assert [message["key"] for message in receive(KEY, got.headers, got.body)] == [one.key]
    assert receive(KEY, got.headers, got.body) == [], "a repeated one is known"
    with pytest.raises(ValueError, match="not signed"):
        receive("another key", got.headers, got.body)
    with pytest.raises(ValueError, match="not signed"):
        receive(KEY, got.headers, got.body.replace(b"101", b"999"))


def test_a_replay_is_refused_and_its_time_cannot_be_forged(receive):
    body = b'{"messages":[]}'
    old = headers(KEY, "k", body, now=1_700_000_000)
    with pytest.raises(ValueError, match="too old"):
        receive(KEY, old, body)
    fresh = headers(KEY, "k", body)
    with pytest.raises(ValueError, match="not signed"):
        receive(KEY, old | {"X-Alert-Timestamp": fresh["X-Alert-Timestamp"]}, body)
