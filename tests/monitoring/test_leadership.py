"""A leader whose database is away leads on; a later one is believed, whoever tells of it."""

import asyncio
import time

import pytest
from django.db import OperationalError

from exchange.clock import ManualClock
from monitoring import lease
from monitoring.lease import GOOD_FOR, Leadership, LeaseLost

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ask(monkeypatch):
    """What stands between a leadership and its database: ``ask.error`` is raised, ``ask.hangs`` waited for."""

    class Ask:
        error: Exception | None = None
        hangs: asyncio.Event | None = None
        asked = 0

        async def __call__(self, statement, *arguments):
            self.asked += 1
            if self.hangs:
                await self.hangs.wait()
            if self.error:
                raise self.error
            return await asked(statement, *arguments)

    asked, ask = lease._ask, Ask()
    monkeypatch.setattr(lease, "_ask", ask)
    return ask


async def test_it_leads_on_while_the_database_is_away_and_renews_when_it_is_back(clock, ask):
    leader = Leadership("feed", clock)
    assert await leader.try_once()
    ask.error = OperationalError("gone")
    for _ in range(10):
        await clock.advance(1)
        await leader.renew()
    assert leader.number is not None
    assert not leader.is_renewed
    ask.error = None
    await leader.renew()
    assert leader.is_renewed


async def test_of_two_it_was_the_leader_who_goes_on_when_the_database_is_back(clock, ask):
    leader, standby = Leadership("feed", clock), Leadership("feed", clock)
    assert await leader.try_once()
    ask.error = OperationalError("gone")
    await clock.advance(10)
    await leader.renew()
    assert not await standby.try_once()
    ask.error = None
    assert not await standby.try_once(), "it lets the leader go first"
    await leader.renew()
    await clock.advance(GOOD_FOR - 0.5)
    assert not await standby.try_once()
    await clock.advance(GOOD_FOR)
    assert await standby.try_once(), "unless there is none"


async def test_it_is_over_when_another_has_the_lease(clock, ask):
    old, new = Leadership("feed", clock), Leadership("feed", clock)
    assert await old.try_once()
    await clock.advance(GOOD_FOR + 1)
    assert await new.try_once()
    with pytest.raises(LeaseLost):
        await old.renew()
    assert old.number is None


async def test_a_later_leader_is_believed_though_the_database_is_away(clock, ask):
    leader = Leadership("feed", clock)
    assert await leader.try_once()
    ask.error = OperationalError("gone")
    leader.overruled(leader.number)
    leader.overruled(leader.number - 1)
    with pytest.raises(LeaseLost):
        leader.overruled(leader.number + 1)


async def test_while_one_question_hangs_no_other_is_asked(clock, ask, monkeypatch):
    monkeypatch.setattr(lease, "GOOD_FOR", 0.05)
    leader = Leadership("feed", clock)
    assert await leader.try_once()
    ask.hangs, ask.asked = asyncio.Event(), 0
    began = time.monotonic()
    for _ in range(3):
        await leader.renew()
    assert time.monotonic() - began >= 0.15
    assert ask.asked == 1
    await clock.advance(60)
    ask.hangs.set()
    await leader.renew()
    assert ask.asked == 2, "what it asked for has run out meanwhile"
    assert leader.is_renewed
