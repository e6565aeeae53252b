"""kill -9 of a deliverer at any step, and several at once: at least once, exactly once for who honours keys."""

import os
import signal
import time
from collections import Counter
from random import Random

import pytest
from django.db import connection

from alerts.models import Delivery
from tests.alerts.delivering import NOW, told, trusting
from tests.alerts.leading import KILLED, ended, fork
from tests.alerts.receivers import Answer, http
from tests.alerts.rows import S
from tests.alerts.sending import CLAIM, SendSteps, count_steps, honoured, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(300)]
POINTS = int(os.environ.get("KILL_POINTS", "16"))
"""Drawn by chance among all, of which there are some 80."""


@pytest.fixture(autouse=True)
def _here():
    with trusting():
        yield


@pytest.fixture
def server():
    with http() as receiver:
        yield receiver


def again() -> None:
    """As before anybody delivered."""
    values = {"state": "waiting", "not_before": NOW, "attempts": 0, "holder": "", "message": "", "sent_at": None}
    Delivery.objects.update(**values)


def everything_sent() -> bool:
    return not Delivery.objects.exclude(state="sent").exists()


def test_whatever_step_it_is_killed_at_each_delivery_gets_there_and_counts_once(cast, server):
    rows = [*told(cast.alice, server.url, 2, "few"), *told(cast.bob, server.url, 6, "many")]
    keys = {row.key for row in rows}
    count = count_steps(fork, ended, NOW)
    assert everything_sent()
    assert count > 40
    repeated = 0
    for fatal in sorted(Random(1).sample(range(1, count + 1), min(POINTS, count))):
        again()
        server.got.clear()
        assert ended(fork(lambda: work(NOW, SendSteps(fatal)))) == KILLED, fatal  # noqa: B023
        assert ended(fork(lambda: work(NOW + CLAIM))) == 0
        assert everything_sent(), f"killed at step {fatal} of {count}"
        assert honoured(server.got) == Counter(keys), f"killed at step {fatal} of {count}"
        repeated += len(server.got) > len({one.headers["Idempotency-Key"] for one in server.got})
    assert repeated, "some were killed between the receipt and its being written down"


def test_nobody_else_sends_what_is_claimed_before_the_claim_has_run_out(cast, server):
    (row,) = told(cast.alice, server.url)
    taken = Delivery.objects.claim("one that dies", NOW, NOW + CLAIM, 1)
    assert [[row]] == taken
    assert ended(fork(lambda: work(NOW + CLAIM - S))) == 0
    assert server.got == []
    assert ended(fork(lambda: work(NOW + CLAIM))) == 0
    assert server.keys == [row.key]


def test_several_at_once_send_each_message_once(cast, server):
    server.answer = Answer(wait=0.01)
    rows = [row for n in range(12) for row in told(cast.alice, server.url, 1 + n % 6, f"hook {n}")]
    children = [fork(lambda: work(NOW, threads=3)) for _ in range(3)]
    assert [ended(child) for child in children] == [0, 0, 0]
    connection.close()
    assert everything_sent()
    assert Counter(server.keys) == Counter(row.key for row in rows)


def test_two_of_which_one_is_killed_lose_nothing(cast, server):
    server.answer = Answer(wait=0.03)
    rows = [row for n in range(10) for row in told(cast.alice, server.url, 2, f"hook {n}")]
    for pause in (0.05, 0.15, 0.25):
        again()
        server.got.clear()
        victim, other = fork(lambda: work(NOW, threads=2)), fork(lambda: work(NOW, threads=2))
        time.sleep(pause)
        os.kill(victim, signal.SIGKILL)
        assert ended(victim) in (0, KILLED)
        assert ended(other) == 0
        assert ended(fork(lambda: work(NOW + CLAIM))) == 0
        connection.close()
        assert everything_sent()
        assert honoured(server.got) == Counter(row.key for row in rows)
