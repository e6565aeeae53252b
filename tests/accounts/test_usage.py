"""Usage by day: counted while it is switched on, and without anything that tells who did what."""

import sqlite3
import time
import urllib.request
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from accounts import usage_middleware
from accounts.models import DailyUse, PageViews
from accounts.usage import Usage
from exchange.clock import ManualClock
from tests.e2e.running import Installation

pytestmark = pytest.mark.django_db
DAY = date(2027, 1, 15)
NEW_YEARS_EVE = 1_798_761_599_000
"""One second before 2027, UTC."""


@pytest.fixture
def usage(settings, monkeypatch) -> Usage:
    """Switched on, counted by a clock of the test's own."""
    settings.CONFIG = replace(settings.CONFIG, analytics_enabled=True)
    fresh = Usage(ManualClock(1_800_000_000_000))
    monkeypatch.setattr(usage_middleware, "usage", fresh)
    return fresh


def views() -> dict[str, int]:
    return dict(PageViews.objects.values_list("page", "count"))


def test_pages_are_counted_by_name_and_day(usage, client):
    for path in ("/", "/", "/markets/", "/account/login/"):
        client.get(path)
    assert views() == {}, "a request writes nothing"
    usage.flush()
    assert views() == {"landing": 2, "markets": 1, "account_login": 1}
    client.get("/")
    usage.flush()
    assert views()["landing"] == 3
    assert set(PageViews.objects.values_list("day", flat=True)) == {DAY}


def test_whoever_is_signed_in_is_counted_once_a_day(usage, client, cast):
    client.force_login(cast.alice)
    for _ in range(2):
        client.get("/")
        client.get("/markets/")
        usage.flush()
    Client().get("/")
    usage.flush()
    assert list(DailyUse.objects.values_list("user", "day")) == [(cast.alice.pk, DAY)]


async def test_a_day_ends_at_midnight_utc(usage):
    usage.clock = ManualClock(NEW_YEARS_EVE)
    usage.note("landing", None)
    await usage.clock.advance(1)
    usage.note("landing", None)
    assert set(usage.views) == {(date(2026, 12, 31), "landing"), (date(2027, 1, 1), "landing")}


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/nowhere/", {}),
        ("/account/", {}),
        ("/api/health/live", {}),
        ("/admin/login/", {}),
        ("/parts/funding?coin=BTC", {}),
        ("/markets/", {"Sec-Fetch-Dest": "empty"}),
        ("/markets/", {"Sec-Purpose": "prefetch"}),
    ],
)
def test_what_nobody_reads_is_not_counted(usage, client, path, headers):
    client.get(path, headers=headers)
    client.post("/markets/")
    client.head("/markets/")
    assert usage.views == {}


def test_switched_off_it_leaves_not_a_row(usage, client, cast, settings):
    settings.CONFIG = replace(settings.CONFIG, analytics_enabled=False)
    client.force_login(cast.alice)
    client.get("/")
    usage.flush()
    assert (PageViews.objects.count(), DailyUse.objects.count()) == (0, 0)


def test_neither_address_nor_content_is_stored(usage, client, cast):
    client.force_login(cast.alice)
    headers = {"Referer": "https://elsewhere.example/", "User-Agent": "Curious/1.0"}
    client.get("/markets/?q=my-secret-coin", REMOTE_ADDR="203.0.113.77", headers=headers)
    usage.flush()
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_pageviews")
        rows = cursor.fetchall()
        cursor.execute("SELECT * FROM accounts_dailyuse")
        rows += cursor.fetchall()
    assert len(rows) == 2
    text = str(rows)
    assert [word for word in ("203.0.113.77", "elsewhere", "Curious", "secret", "alice") if word in text] == []


def test_an_account_that_was_deleted_meanwhile_is_left_out(usage, client, cast):
    client.force_login(cast.bob)
    client.get("/")
    cast.bob.delete()
    usage.flush()
    assert views() == {"landing": 1}
    assert not DailyUse.objects.exists()


def test_what_cannot_be_written_is_kept(usage, client, monkeypatch):
    client.get("/")

    def broken(*_: object) -> None:
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("accounts.usage.add_users", broken)
        with pytest.raises(DatabaseError):
            usage.flush()
    assert views() == {}
    client.get("/")
    usage.flush()
    assert views() == {"landing": 2}


def counted(file) -> int:
    with sqlite3.connect(file) as database:
        found = database.execute("SELECT count FROM accounts_pageviews WHERE page = 'landing'").fetchone()
        return found[0] if found else 0


@pytest.mark.slow
def test_the_web_process_writes_by_itself_and_once_more_when_it_stops(tmp_path, monkeypatch):
    monkeypatch.setenv("ANALYTICS_ENABLED", "true")
    file = tmp_path / "simulated.sqlite3"
    with Installation(tmp_path) as running:
        for _ in range(2):
            urllib.request.urlopen(running.url, timeout=30).close()
        deadline = time.monotonic() + 60
        while counted(file) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert counted(file) == 2
        urllib.request.urlopen(running.url, timeout=30).close()
    assert counted(file) == 3
    with sqlite3.connect(file) as database:
        day = database.execute("SELECT max(day) FROM accounts_pageviews").fetchone()[0]
    assert abs((datetime.now(UTC).date() - date.fromisoformat(day)).days) <= 1
