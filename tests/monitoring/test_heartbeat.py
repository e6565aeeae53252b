"""A leading feed tells by rows how it is; one that was replaced tells nothing any more."""

import asyncio
from types import SimpleNamespace

import pytest
from asgiref.sync import sync_to_async

from dashboard.feed_beat import EVERY_SECONDS, MOST_ACCOUNTS, accounts_report, beats_of, keep_telling
from exchange.budget import Budget
from exchange.budget_memory import MemoryStore
from exchange.clock import ManualClock
from exchange.info import InfoClient
from exchange.market import Market
from exchange.tracker import AccountTracker
from monitoring.lease import Leadership, LeaseLost
from monitoring.models import Heartbeat, Lease
from snapshots.record import Recorder


def leading(clock, recorder=None, feed=None):
    leadership = Leadership("feed", clock)
    return SimpleNamespace(clock=clock, leadership=leadership, feed=feed, recorder=recorder)


@pytest.mark.django_db(transaction=True)
async def test_it_beats_until_somebody_else_leads():
    clock = ManualClock()
    feed = SimpleNamespace(report=lambda: {"breaker_open": False, "streams": {"prices": {}}})
    one = leading(clock, Recorder(Market(), clock), feed)
    await one.leadership.try_once()
    await one.recorder.write_once()
    telling = asyncio.create_task(keep_telling(one, None))
    while not await Heartbeat.objects.filter(name="feed").aexists():
        await asyncio.sleep(0.01)
    row = await Heartbeat.objects.aget(name="feed")
    assert row.detail == {"feed": {"breaker_open": False}, "accounts": {}}
    assert (row.number, row.at) == (one.leadership.number, clock.now_ms())
    history = await Heartbeat.objects.aget(name="snapshots")
    assert (history.at, history.detail["dropped"]) == (clock.now_ms(), 0)

    await sync_to_async(Lease.objects.filter(name="feed").update)(number=10**12)
    await clock.advance(EVERY_SECONDS)
    with pytest.raises(LeaseLost):
        await asyncio.wait_for(telling, 10)
    assert (await Heartbeat.objects.aget(name="feed")).at == row.at


def test_a_recorder_that_has_not_completed_a_round_does_not_beat():
    clock = ManualClock()
    assert [name for name, _, _ in beats_of(leading(clock, Recorder(Market(), clock)), None)] == ["feed"]


async def test_accounts_are_told_with_how_they_are_followed_and_not_without_bound():
    clock = ManualClock()
    budget = Budget(MemoryStore(), clock=clock)
    tracker = AccountTracker("ws://127.0.0.1:1/ws", InfoClient("http://127.0.0.1:1", budget, clock), budget, clock)
    tracker.follow({f"0x{number:040x}": "user" for number in range(MOST_ACCOUNTS + 5)})
    said = accounts_report(tracker)
    assert len(said["accounts"]) == MOST_ACCOUNTS
    assert said["followed"] == {"waiting": MOST_ACCOUNTS + 5}
    assert said["accounts"][0] == {
        "address": f"0x{0:040x}", "how": "waiting", "why": "nothing was heard yet", "at": None,
    }  # fmt: skip
    await tracker.aclose()
