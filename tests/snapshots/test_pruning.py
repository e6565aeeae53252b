"""Pruning by itself: the leader does it once a day, says how it went, and stops when it leads no more."""

import asyncio
from dataclasses import replace

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DatabaseError, connection

from exchange.clock import ManualClock
from snapshots import retention
from snapshots.long_statements import long_statements
from snapshots.models import Account, PositionSnapshot, PruneRun
from snapshots.pruning import KEPT_MS, LOOK, RETRY_MS, Pruning
from snapshots.retention import DAY
from tests.snapshots.wires import ALICE, NOON

CONFIG = replace(settings.CONFIG, retention_trades_days=90, retention_positions_days=180, retention_equity_days=0)
HOUR = 3_600.0


def hold(*days_ago: float) -> None:
    """A position as it stood so many days before noon."""
    account, _ = Account.objects.get_or_create(address=ALICE, defaults={"added_at": 0})
    for days in days_ago:
        time = NOON - round(days * DAY)
        PositionSnapshot.objects.create(account=account, coin="BTC", szi=1, time=time, received_at=time)


def left() -> int:
    return PositionSnapshot.objects.count()


@pytest.mark.django_db
def test_what_went_is_written_down_and_the_next_time_is_a_day_later():
    clock = ManualClock(NOON)
    pruning = Pruning(clock, config=CONFIG)
    hold(181, 179.5, 178)
    first = pruning.run_once()
    assert (first.error, first.ended_at) == ("", NOON)
    assert first.deleted == dict.fromkeys((kind.name for kind in retention.KINDS), 0) | {"positions": 1}
    asyncio.run(clock.advance(23 * HOUR))
    assert pruning.run_once() is None
    assert Pruning(clock, config=CONFIG).run_once() is None, "a new leader begins no new day"
    assert left() == 2
    asyncio.run(clock.advance(HOUR))
    assert pruning.run_once().deleted["positions"] == 1
    assert left() == 1
    assert PruneRun.objects.count() == 2


@pytest.mark.django_db
def test_what_fails_is_said_and_tried_again_in_an_hour():
    clock = ManualClock(NOON)
    hold(200)

    def away(execute, sql, params, many, context):
        if sql.startswith("DELETE") and "position" in sql:
            raise DatabaseError("the disk is full")
        return execute(sql, params, many, context)

    pruning = Pruning(clock, config=CONFIG)
    with connection.execute_wrapper(away):
        failed = pruning.run_once()
    assert (failed.error, failed.deleted, left()) == ("the disk is full", {"trades": 0}, 1)
    asyncio.run(clock.advance(RETRY_MS / 1000 - 1))
    assert pruning.run_once() is None
    asyncio.run(clock.advance(1))
    assert pruning.run_once().deleted["positions"] == 1
    assert left() == 0


@pytest.mark.django_db
def test_a_leader_that_was_replaced_deletes_nothing_more(monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 1)
    clock, asked = ManualClock(NOON), []
    hold(200, 201, 202, 203)

    class Replaced(Exception):
        pass

    def guard() -> None:
        asked.append(left())
        if left() == 2:
            raise Replaced

    with pytest.raises(Replaced):
        Pruning(clock, guard, CONFIG).run_once()
    assert left() == 3, "the chunk during which it was replaced stays, and all after it"
    (unfinished,) = PruneRun.objects.all()
    assert unfinished.ended_at is None
    asyncio.run(clock.advance(RETRY_MS / 1000))
    assert Pruning(clock, config=CONFIG).run_once().deleted["positions"] == 3


@pytest.mark.django_db
def test_runs_are_kept_for_a_year():
    for ago in (KEPT_MS + 1, KEPT_MS - DAY):
        PruneRun.objects.create(began_at=NOON - ago, ended_at=NOON - ago)
    Pruning(ManualClock(NOON), config=CONFIG).run_once()
    assert sorted(NOON - began for began in PruneRun.objects.values_list("began_at", flat=True)) == [
        0,
        KEPT_MS - DAY,
    ]


async def test_it_goes_on_by_itself_day_after_day(transactional_db):
    clock = ManualClock(NOON)
    await sync_to_async(hold)(181, 179.5, 178.5, 100)
    running = asyncio.create_task(Pruning(clock, config=CONFIG).run())
    try:
        async with asyncio.timeout(100):
            for run, remaining in ((1, 3), (2, 2), (3, 1)):
                while await PruneRun.objects.filter(ended_at__isnull=False).acount() < run:
                    await asyncio.sleep(0.2)
                    await clock.advance(LOOK)
                assert await PositionSnapshot.objects.acount() == remaining
                last = await PruneRun.objects.alatest("began_at")
                await clock.advance((last.began_at + DAY - clock.now_ms()) / 1000 - LOOK)
                assert await PruneRun.objects.acount() == run
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await sync_to_async(lambda: connection.close())()  # that thread's own


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such limits")
def test_work_that_takes_long_has_more_time_and_the_connection_its_limits_afterwards():
    def limits() -> list[str]:
        with connection.cursor() as cursor:
            return [cursor.execute(f"SHOW {name}").fetchone()[0] for name in ("statement_timeout", "lock_timeout")]

    usual = limits()
    with long_statements(600):
        assert limits() == ["10min", usual[1]]
    with pytest.raises(ZeroDivisionError), long_statements(0):
        assert limits() == ["0", usual[1]]
        raise ZeroDivisionError
    assert limits() == usual == ["30s", "10s"]
