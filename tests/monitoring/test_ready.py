"""Requests are asked for only while the process serves, with all migrations."""

import asyncio

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import AsyncClient

from exchange.clock import ManualClock
from monitoring import views
from monitoring.monitor import Check, Monitor
from monitoring.schema import EVERY_S, WAITING_S, Schema, pending_migrations
from monitoring.shutdown import Shutdown, State
from tests.monitoring.test_health import FINE, UP


@pytest.fixture
async def place(monkeypatch):
    """A process whose database answers, with a Shutdown and a Schema of its own."""
    clock = ManualClock()
    monitor, shutdown, schema = Monitor(clock), Shutdown(clock, lambda code: None), Schema(clock, list)
    monitor.database = Check("The database", lambda: UP)
    monitor.upstream = lambda: FINE
    await monitor.tick()
    for name, one in {"monitor": monitor, "shutdown": shutdown, "schema": schema}.items():
        monkeypatch.setattr(views, name, one)
    return shutdown, schema


async def asked(path: str = "/api/health/ready"):
    answer = await AsyncClient().get(path)
    return answer.status_code, answer.json()["status"]


async def test_each_state_of_the_process_is_said_and_only_one_is_ready(place):
    shutdown, _ = place
    said = {}
    for state in State:
        shutdown.state = state
        said[state] = await asked()
    assert said.pop(State.SERVING)[0] == 200
    assert said == {state: (503, str(state)) for state in (State.STARTING, State.DRAINING, State.STOPPED)}
    assert await asked("/api/health/live") == (200, "healthy")


async def test_a_process_in_which_migrations_turn_out_to_be_missing_is_not_ready(place):
    shutdown, schema = place
    shutdown.serving()
    schema.ask = lambda: ["accounts.0002_more"]
    await schema.look()
    assert await asked() == (503, "migrations are pending")


async def turned(schema: Schema, clock: ManualClock, seconds: float) -> None:
    await clock.advance(seconds)
    for _ in range(20):
        await asyncio.sleep(0.005)


async def test_it_is_looked_often_while_migrations_are_missing_and_rarely_once_they_are_there(caplog):
    clock, answers, found = ManualClock(), [["a.1", "a.2"], ["a.2"], []], []
    looks = []

    def ask() -> list[str]:
        looks.append(clock.monotonic())
        return answers.pop(0) if answers else []

    schema = Schema(clock, ask)
    running = asyncio.create_task(schema.run(lambda: found.append(clock.monotonic())))
    await turned(schema, clock, 0.0)
    assert (schema.pending, found) == (2, [])
    await turned(schema, clock, WAITING_S)
    assert (schema.pending, found) == (1, [])
    await turned(schema, clock, WAITING_S)
    assert (schema.pending, found) == (0, [2 * WAITING_S])
    await turned(schema, clock, EVERY_S - 1)
    assert len(looks) == 3
    await turned(schema, clock, 1)
    assert looks == [0.0, WAITING_S, 2 * WAITING_S, 2 * WAITING_S + EVERY_S]
    running.cancel()
    assert "2 migrations are pending, such as a.1; run migrate" in caplog.text


async def test_a_database_that_is_away_changes_nothing_about_what_is_known(caplog):
    def away() -> list[str]:
        raise DatabaseError("refused")

    schema = Schema(ManualClock(), away)
    await schema.look()
    assert schema.pending is None
    schema.pending = 0
    await schema.look()
    assert schema.pending == 0
    assert "cannot ask which migrations are pending: refused" in caplog.text


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.django_db(transaction=True)
def test_what_is_pending_is_read_from_the_database():
    assert pending_migrations() == []
    number, app, name = (
        MigrationRecorder.Migration.objects.filter(app="alerts").values_list("id", "app", "name").last()
    )
    run("UPDATE django_migrations SET app = 'hidden' WHERE id = %s", number)
    try:
        assert f"{app}.{name}" in pending_migrations()
    finally:
        run("UPDATE django_migrations SET app = %s WHERE id = %s", app, number)
