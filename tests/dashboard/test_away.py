"""What a request is told while the database cannot serve, and what is kept meanwhile; without servers."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import pytest
from django.core.cache import caches
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.test import Client
from redis.exceptions import ConnectionError

from accounts.away import is_away
from dashboard import steady_cache
from dashboard.config import Config
from dashboard.settings_storage import caches as cache_settings
from exchange.breaker import Breaker

NOWHERE = "redis://127.0.0.1:9/0"


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (OperationalError("the database is away: refused"), True),
        (InterfaceError("connection already closed"), True),
        (OperationalError("database or disk is full"), True),
        (OperationalError("database is locked"), True),
        (OperationalError("no such table: accounts_user"), False),
        (DatabaseError("a value is wrong"), False),
        (ValueError("no"), False),
        (None, False),
    ],
)
def test_only_a_database_that_cannot_serve_is_away(error, away):
    assert is_away(error) is away


@contextmanager
def failing(error: Exception) -> Iterator[None]:
    """Every statement fails with this error."""

    def refuse(execute, sql, params, many, context):
        raise error

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.django_db
@pytest.mark.parametrize(("words", "status"), [("disk is full", 503), ("no such table: x", 500)])
def test_a_page_says_what_is_the_matter_and_an_error_of_ours_stays_one(cast, words, status):
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.alice)
    with failing(OperationalError(words)):
        answer = browser.get("/account/sessions/")
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) is (status == 503)
    assert "sessionid" not in answer.cookies, "the cookie stays as it is"


@pytest.mark.django_db
def test_a_form_of_somebody_who_cannot_be_looked_up_is_not_taken_for_a_strangers(cast):
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.alice)
    with failing(OperationalError("away")):
        assert browser.post("/theme/", {"theme": "dark"}).status_code == 503
        assert browser.get("/markets/").status_code == 200
        assert browser.get("/alerts/").status_code == 503
        assert Client().get("/alerts/").status_code == 302, "a stranger may try to sign in"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/status/", "/parts/status"])
def test_the_status_page_is_there_for_those_who_are_signed_in_as_for_everybody_and_says_so(cast, path):
    words = "The database cannot be reached to look you up, so this is the public page."
    for user in (cast.alice, cast.ada):
        browser = Client(raise_request_exception=False)
        browser.force_login(user)
        with failing(OperationalError("the database is away: refused")):
            answer = browser.get(path)
        assert (answer.status_code, words in answer.content.decode()) == (200, True)
        assert 'data-section="inside"' not in answer.content.decode(), "details are for staff who are known"
        assert words not in browser.get(path).content.decode()
    with failing(OperationalError("the database is away: refused")):
        stranger = Client().get(path)
    assert (stranger.status_code, words in stranger.content.decode()) == (200, False)


@pytest.mark.django_db
def test_a_status_page_that_is_not_for_everybody_stays_closed_while_nobody_can_say_who_asks(cast, settings):
    settings.CONFIG = replace(settings.CONFIG, status_page="signed-in")
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.alice)
    with failing(OperationalError("away")):
        assert browser.get("/status/").status_code == 503
    assert browser.get("/status/").status_code == 200


@pytest.fixture
def without_redis(settings, monkeypatch):
    """The caches of an installation whose Redis is nowhere."""
    monkeypatch.setattr(steady_cache, "breaker", Breaker("redis", failures=1, respite_s=60))
    settings.CACHES = cache_settings(Config(redis_url=NOWHERE))


def test_while_redis_is_away_a_process_counts_for_itself_and_copies_of_sessions_are_not_kept(without_redis):
    caches["default"].stand_in.clear()
    assert caches["default"].add("tries", 1)
    assert caches["default"].incr("tries") == 2
    caches["default"].set_many({"a": 1, "b": 2})
    assert caches["default"].get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert caches["default"].delete("a")
    assert "a" not in caches["default"]
    caches["sessions"].set("session.x", {"user": 1})
    assert caches["sessions"].get("session.x") is None
    with pytest.raises(ConnectionError):
        caches["board"].get("rows")
    assert steady_cache.breaker.state.state == "opened"


@pytest.mark.django_db
def test_a_full_disk_keeps_what_is_counted_until_there_is_room(tmp_path, monkeypatch):
    """A real one of SQLite: no page more than there are."""
    from accounts.usage import Usage
    from exchange.clock import ManualClock

    if connection.vendor != "sqlite":
        pytest.skip("how SQLite says it")
    usage = Usage(ManualClock(1_790_000_000_000))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler (bytes BLOB)")  # what tests before have left empty is filled
        cursor.execute("SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size")
        cursor.execute(f"INSERT INTO filler VALUES (zeroblob({cursor.fetchone()[0]}))")
        cursor.execute("PRAGMA page_count")
        full = cursor.fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {full}")
        try:
            for number in range(20_000):
                usage.note(f"page {number} " + "x" * 60, None)
            with pytest.raises(OperationalError, match="full") as failed:
                usage.flush()
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")
    assert is_away(failed.value)
    assert isinstance(failed.value.__cause__, sqlite3.OperationalError)
    assert len(usage.views) == 20_000
    assert {day for day, _ in usage.views} == {date(2026, 9, 21)}
