"""The database as a process meets it: a pool that is used up, limits that hold, a server that is gone or hangs."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, OperationalError
from django.db.utils import ConnectionHandler

from dashboard.config import Config
from dashboard.settings_storage import database
from monitoring.database_server import DatabaseServer, server
from snapshots.prepared import prepared_cursor
from tests.dashboard.own_postgres import OwnPostgres

MOST, PATIENCE_S = 2, 1.2
SOON_S, AT_ONCE_S = 2.0, 0.5


@pytest.fixture(scope="module")
def own() -> Iterator[OwnPostgres]:
    with OwnPostgres() as own:
        yield own


class Process:
    """The connections of one process with a pool of ``MOST``; each thread has its own, as in Django."""

    def __init__(self, alias: str, url: str, **values: int) -> None:
        config = Config(
            database_url=url,
            database_max_connections=MOST,
            database_connection_timeout=round(PATIENCE_S * 1000),
            **values,
        )
        self.alias, self.handler = alias, ConnectionHandler({"default": {}, alias: database(config)})

    @property
    def server(self) -> DatabaseServer:
        return server(self.alias)

    def ask(self, sql: str = "SELECT 1", meanwhile=lambda: None) -> float:
        """Run a statement as a request does; the seconds it took. Raises ``OperationalError``."""
        began = time.monotonic()
        connection = self.handler[self.alias]
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                meanwhile()
        finally:
            connection.close()
        return time.monotonic() - began

    def fails(self, sql: str = "SELECT 1") -> tuple[float, str]:
        """After how many seconds it fails, and how."""
        began = time.monotonic()
        with pytest.raises(OperationalError) as failed:
            self.ask(sql)
        return time.monotonic() - began, str(failed.value)

    def is_back(self, patience_s: float = 15.0) -> None:
        """Wait until it is known to be there, as a page would find it."""
        deadline = time.monotonic() + patience_s
        while self.server.is_away:
            assert time.monotonic() < deadline, self.server.error
            time.sleep(0.05)
        self.ask()


@pytest.fixture(autouse=True)
def unblocked(django_db_blocker) -> Iterator[None]:
    """These need no test database: they have servers of their own."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def process(own, request) -> Iterator[Process]:
    process = Process(request.node.name[:40], own.url)
    yield process
    process.handler[process.alias].close_pool()


def test_who_wants_one_connection_more_than_there_are_waits_and_is_then_told_why(process):
    taken, give_back = threading.Barrier(MOST + 1), threading.Event()

    def hold() -> None:
        taken.wait(10)
        give_back.wait(10)

    with ThreadPoolExecutor(MOST) as holders:
        held = [holders.submit(process.ask, "SELECT 1", hold) for _ in range(MOST)]
        taken.wait(10)
        seconds, words = process.fails()
        assert PATIENCE_S * 0.9 < seconds < PATIENCE_S + 5
        assert "all 2 connections of this process" in words
        assert "DATABASE_MAX_CONNECTIONS" in words
        threading.Timer(PATIENCE_S / 3, give_back.set).start()
        process.ask()
        assert all(one.result() for one in held)
    assert not process.server.is_away, "a pool that is used up is no server that is away"


def test_statements_locks_and_idle_transactions_end_at_their_limits(own):
    limits = {
        "database_statement_timeout": 700,
        "database_lock_timeout": 200,
        "database_idle_transaction_timeout": 300,
    }
    process = Process("limits", own.url, **limits)
    assert "statement timeout" in process.fails("SELECT pg_sleep(20)")[1]
    own.ask("CREATE TABLE locked (a int)")
    connection = process.handler["limits"]
    with ThreadPoolExecutor(1) as other:
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE locked")
            assert "lock timeout" in other.submit(process.fails, "SELECT * FROM locked").result()[1]
            time.sleep(0.6)
            with pytest.raises(DatabaseError, match="idle-in-transaction"):
                cursor.execute("SELECT 1")
    connection.close()
    connection.close_pool()


def test_a_server_that_was_restarted_fails_nobody(own, process):
    for _ in range(3):
        process.ask()
        own.stop()
        own.start()
        process.ask()


def test_a_server_that_is_gone_is_known_to_be_gone_at_once_and_found_when_it_is_back(own, process):
    process.ask()
    own.stop()
    try:
        assert process.fails()[0] < SOON_S
        for _ in range(5):
            seconds, words = process.fails()
            assert seconds < AT_ONCE_S
            assert "the database is away" in words
        assert process.server.state.state != "closed"
        assert process.server.state.since is not None
    finally:
        own.start()
    process.is_back()
    assert process.server.state.since is None


def test_who_waits_for_an_answer_of_a_server_that_hangs_is_let_go_and_nobody_else_waits(own, process):
    process.ask()
    with ThreadPoolExecutor(1) as other:
        waiting = other.submit(process.fails, "SELECT pg_sleep(60)")
        own.until(
            "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%sleep(60)' AND pid != pg_backend_pid()"
        )
        own.freeze()
        try:
            seconds, words = waiting.result(30)
            assert seconds < 15
            assert "the database is away" in words
            assert process.fails()[0] < AT_ONCE_S
        finally:
            own.wake()
    process.is_back()


def test_a_long_statement_goes_on_as_long_as_the_server_is_there(process):
    assert process.ask("SELECT pg_sleep(2.2)") > 2


def test_our_own_statements_are_prepared_unless_a_pooler_is_in_between(own):
    for behind_pooler, prepared in ((False, 1), (True, 0)):
        process = Process(f"prepared {behind_pooler}", own.url, database_behind_pooler=behind_pooler)
        connection = process.handler[process.alias]
        for _ in range(8):
            with prepared_cursor(connection) as cursor:
                cursor.execute("SELECT %s::int + 1", [41])
                assert cursor.fetchone() == (42,)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            assert cursor.fetchone() == (prepared,)
        connection.close()
        connection.close_pool()
