"""The evaluator by itself, beside a feed: its thread, a database that goes away, an alert it cannot decide."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connection

from accounts.models import User
from alerts import standing
from alerts.decide import Overtaken
from alerts.models import Alert, Evaluation, Firing
from tests.alerts.rig import Rig, S
from tests.alerts.rows import D, alert
from tests.exchange.market_events import T0

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def hang_up():
    """Close the connection of the thread that async queries run in."""
    yield
    await sync_to_async(lambda: connection.close())()


@asynccontextmanager
async def running(rig: Rig):
    """Between start and end; what ``run`` raised is raised at the end."""
    await rig.evaluator.start()
    work = asyncio.create_task(rig.evaluator.run())
    try:
        yield work
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def until(rig: Rig, condition, *arguments) -> None:
    """Let the clock run until it holds."""
    for _ in range(600):
        if await sync_to_async(condition)(*arguments):
            return
        await rig.clock.advance(1.0)
        await asyncio.sleep(0.02)
    raise AssertionError(f"never: {condition}")


def firings(count: int) -> bool:
    return Firing.objects.count() == count


async def test_events_are_decided_in_the_background_and_rules_are_reread(cast):
    await sync_to_async(alert)(cast.alice)
    rig = Rig()
    async with running(rig):
        rig.hear(rig.prices(BTC=99, ETH=50))
        rig.hear(rig.prices(BTC=101))
        await until(rig, firings, 1)
        later = await sync_to_async(alert)(cast.alice, coin="ETH", threshold=D(60))
        await until(rig, Alert.objects.filter(pk=later.pk, seen_version=1).exists)
        rig.at = rig.clock.now_ms() + S
        rig.hear(rig.prices(ETH=59))
        rig.hear(rig.prices(ETH=61))
        await until(rig, firings, 2)
        await until(rig, Evaluation.objects.filter(rules=2, seen_until=rig.evaluator.heard_at).exists)


async def test_it_says_how_far_it_is_and_begins_there_again(cast):
    await sync_to_async(alert)(cast.alice)
    rig = Rig()
    async with running(rig):
        rig.hear(rig.prices(BTC=99))
        await until(rig, Evaluation.objects.filter(seen_until=T0).exists)
    successor = Rig().evaluator
    try:
        assert await successor.start() == T0
    finally:
        successor.thread.close()


async def test_a_database_that_goes_away_is_waited_for_and_no_value_is_lost(cast):
    await sync_to_async(alert)(cast.alice)
    away = False

    def guard() -> None:
        if away:
            raise OperationalError("the server closed the connection unexpectedly")

    rig = Rig(guard)
    async with running(rig):
        rig.hear(rig.prices(BTC=99))
        await until(rig, Alert.objects.filter(phase="waiting").exists)
        away = True
        for mark in (101, 98, 102, 97):
            rig.hear(rig.prices(BTC=mark))
        failed = rig.evaluator.thread.failures
        await until(rig, lambda: rig.evaluator.thread.failures > failed + 2)
        assert "closed the connection" in rig.evaluator.thread.trouble
        away = False
        await until(rig, firings, 2)
        assert await Firing.objects.filter(end_reason="recovered").acount() == 2


async def test_a_leader_that_is_overtaken_stops(cast):
    await sync_to_async(alert)(cast.alice)
    overtaken = False

    def guard() -> None:
        if overtaken:
            raise PermissionError("another one leads")

    rig = Rig(guard)
    with pytest.raises(ExceptionGroup) as group:
        async with running(rig) as work:
            overtaken = True
            rig.hear(rig.prices(BTC=99))
            rig.hear(rig.prices(BTC=101))
            async with asyncio.timeout(30):
                await asyncio.wait([work])
    assert group.group_contains(Overtaken, match="another one leads")
    assert not await Firing.objects.aexists()


async def test_an_alert_that_cannot_be_decided_holds_up_no_other(cast):
    """A zone that is gone from the time zone database, as zones may be after an upgrade."""
    from datetime import time

    from tests.alerts.rows import destination

    quiet = {"quiet_start": time(1), "quiet_end": time(2)}

    def make() -> None:
        for user in (cast.alice, cast.bob, cast.charlie):
            alert(user, (destination(user),), **quiet)
        User.objects.filter(pk=cast.bob.pk).update(timezone="Mars/Olympus_Mons")

    await sync_to_async(make)()
    rig = Rig()
    async with running(rig):
        rig.hear(rig.prices(BTC=99))
        rig.hear(rig.prices(BTC=101))
        await until(rig, firings, 2)
        await until(rig, lambda: rig.evaluator.failures == 1)
        assert "Mars" in standing.trouble(rig.evaluator)
    users = Firing.objects.order_by("user").values_list("user__username", flat=True)
    assert [name async for name in users] == ["alice", "charlie"]


async def test_users_who_are_disabled_or_come_back_and_rows_that_are_deleted_come_right_within_a_minute(cast):
    def make() -> list[Alert]:
        User.objects.filter(pk=cast.bob.pk).update(is_active=False)
        made = [alert(user, coin="ETH") for user in (cast.alice, cast.bob, cast.charlie)]
        return [*made, alert(cast.alice, metric="trade")]

    mine, bobs, charlies, trade = await sync_to_async(make)()
    rig = Rig()
    async with running(rig):
        watch = rig.evaluator.watch
        await until(rig, lambda: mine.pk in watch and trade.pk in watch and bobs.pk not in watch)
        await User.objects.filter(pk=cast.bob.pk).aupdate(is_active=True)
        await User.objects.filter(pk=cast.charlie.pk).aupdate(is_active=False)
        await Alert.objects.filter(pk__in=[mine.pk, trade.pk]).adelete()
        await until(rig, lambda: bobs.pk in watch and charlies.pk not in watch and len(watch) == 1)
        assert rig.evaluator.sweep.found == 4
