"""`manage.py deliver` as a process of its own: it delivers, wakes quickly, and ends as it should."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from alerts.models import Delivery, DeliveryRound
from tests.alerts.delivering import told
from tests.alerts.receivers import Answer, http

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(tmp_path, redis_url):
    """Starts a deliverer on the test's database."""
    children = []

    def go() -> subprocess.Popen:
        name = str(connection.settings_dict["NAME"])
        url = f"sqlite:///{name}"
        if connection.vendor == "postgresql":
            url = urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))
        ours = {"DATABASE_URL": url, "REDIS_URL": redis_url, "ALERTS_ALLOW_PRIVATE": "true"}
        ours["SECRET_KEY"] = settings.SECRET_KEY  # destinations are encrypted with it
        with (tmp_path / "log").open("ab") as log:
            children.append(
                subprocess.Popen(
                    [sys.executable, "manage.py", "deliver"],
                    cwd=ROOT, env={**os.environ, **ours, "VAR_DIR": str(tmp_path)}, stdout=log, stderr=log,
                )
            )  # fmt: skip
        return children[-1]

    go.log = tmp_path / "log"
    yield go
    for child in children:
        child.kill()
        child.wait()


def until(happened: Callable[[], object], child: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + 60
    while not happened():
        assert child.poll() is None, log.read_text()[-3000:]
        assert time.monotonic() < ends, log.read_text()[-3000:]
        time.sleep(0.02)


def told_now(user, url: str, label: str) -> Delivery:
    """The tests' own time is another than that of the process."""
    (one,) = told(user, url, label=label)
    Delivery.objects.filter(pk=one.pk).update(not_before=0)
    return one


def test_it_delivers_and_a_signal_ends_it_after_what_is_under_way_has_come_back(cast, start):
    child = start()
    if connection.vendor == "sqlite":
        assert child.wait(60) == 1
        assert "set DATABASE_URL" in start.log.read_text()
        return
    with http() as server:
        until(DeliveryRound.objects.exists, child, start.log)
        first = told_now(cast.alice, server.url, "first")
        until(lambda: Delivery.objects.filter(pk=first.pk, state="sent").exists(), child, start.log)
        server.answer = Answer(wait=1.5)
        second = told_now(cast.alice, server.url, "second")
        until(lambda: len(server.got) == 2, child, start.log)
        child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 0, start.log.read_text()
        assert Delivery.objects.get(pk=second.pk).state == "sent"
        assert not DeliveryRound.objects.exists()
        assert server.keys == [first.key, second.key]
    assert "Traceback" not in start.log.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_one_ends_at_once(start, number):
    if connection.vendor == "sqlite":
        assert start().wait(60) == 1
        return
    child = start()
    until(DeliveryRound.objects.exists, child, start.log)
    child.send_signal(number)
    assert child.wait(30) == 0, start.log.read_text()
