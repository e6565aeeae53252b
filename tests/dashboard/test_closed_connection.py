"""A connection that turns out to be closed is ``InterfaceError``, which is no ``DatabaseError``: no loop ends."""

import asyncio
from types import SimpleNamespace

import pytest
from django.db import InterfaceError

from accounts.usage import EVERY_S, Usage
from alerts.decide import pass_guard
from dashboard import feed_beat, hangups, reading, wallets_followed
from dashboard.consumer import Conversation
from dashboard.fanout import Browser, Fanout
from dashboard.feed_beat import keep_telling
from dashboard.mirror import Mirror
from dashboard.pages import pressure
from dashboard.toasts import NOT_SIGNED_IN
from dashboard.wallets_followed import keep_following
from exchange.clock import ManualClock
from exchange.demand import Demand
from monitoring import replica as module
from monitoring.backup import make as backup
from monitoring.backup.errors import BackupError
from monitoring.lease import Leadership
from monitoring.models import Lease
from monitoring.replica import Replica
from monitoring.sampler import Sampler
from monitoring.schema import Schema
from snapshots.audit import TradeAudit
from snapshots.backfill import Backfill
from snapshots.pruning import Pruning

CLOSED = "connection already closed"


def closed(*_: object, **__: object):
    raise InterfaceError(CLOSED)


async def later_closed(*_: object):
    closed()


async def turned(loop: "asyncio.Task[None]", clock: ManualClock, seconds: float, caplog) -> None:
    """The loop has met the closed connection, and is still there after two more rounds."""
    for _ in range(2):
        for _ in range(1500):
            if CLOSED in caplog.text or loop.done():
                break
            await asyncio.sleep(0.02)
        await clock.advance(seconds)
    assert CLOSED in caplog.text
    assert not loop.done()
    loop.cancel()
    await asyncio.wait({loop})


async def test_which_migrations_are_pending_is_asked_again(caplog):
    schema = Schema(ManualClock(), closed)
    await schema.look()
    assert schema.pending is None
    assert CLOSED in caplog.text


async def test_a_feed_goes_on_telling_how_it_is(monkeypatch, caplog):
    monkeypatch.setattr(feed_beat, "write", closed)
    clock = ManualClock()
    leading = SimpleNamespace(clock=clock, leadership=Leadership("feed", clock), feed=None, recorder=None)
    telling = asyncio.create_task(keep_telling(leading, None))
    await turned(telling, clock, feed_beat.EVERY_SECONDS, caplog)


async def test_wallets_are_followed_on(monkeypatch, caplog):
    monkeypatch.setattr(wallets_followed, "_roles", closed)
    clock, tracker = ManualClock(), SimpleNamespace(follow=dict, look_at=set)
    following = asyncio.create_task(keep_following(tracker, Demand(clock), clock))
    await turned(following, clock, wallets_followed.EVERY, caplog)


@pytest.mark.django_db(transaction=True)
async def test_use_that_cannot_be_written_is_kept_and_counted_on(monkeypatch, caplog):
    monkeypatch.setattr("accounts.usage.add_views", closed)
    clock = ManualClock()
    usage = Usage(clock)
    usage.note("landing", 1)
    counting = asyncio.create_task(usage.run())
    await asyncio.sleep(0)
    await clock.advance(EVERY_S)
    await turned(counting, clock, EVERY_S, caplog)
    async with asyncio.timeout(30):
        while not usage.users:  # a thread that is still at it gives back what it took
            await asyncio.sleep(0.01)
    assert sum(usage.views.values()) == len(usage.users) == 1


def test_a_lease_on_health_that_cannot_be_given_back_runs_out(monkeypatch, caplog):
    caplog.set_level("INFO")
    monkeypatch.setattr(Sampler, "_turn", lambda *_: None)
    monkeypatch.setattr(type(Lease.objects), "give_back", closed)
    Sampler(ManualClock())._give_back()
    assert CLOSED in caplog.text


async def test_a_lease_that_cannot_be_asked_for_or_renewed_ends_no_feed(monkeypatch):
    monkeypatch.setattr("monitoring.lease._ask", later_closed)
    leadership = Leadership("feed", ManualClock())
    assert not await leadership.try_once()
    leadership.number = 1
    await leadership.renew()
    assert leadership.number == 1


def test_a_copy_whose_connection_is_closed_is_not_read_and_fails_no_page(monkeypatch):
    connections = {
        name: SimpleNamespace(cursor=closed, ensure_connection=closed, close=lambda: None, in_atomic_block=False)
        for name in ("default", "replica")
    }
    monkeypatch.setattr(module, "connections", connections)
    monkeypatch.setattr(reading, "connections", connections)
    assert module.position() == ""
    replica = Replica()
    replica.tick()
    assert replica._measured.why == f"does not answer: {CLOSED}"
    monkeypatch.setattr(reading, "replica", SimpleNamespace(state=SimpleNamespace(is_read=True)))
    assert not reading.is_there()


def test_a_page_that_finds_the_connection_to_the_copy_closed_is_made_again_from_the_primary():
    before = reading.current.set(reads := reading.Reads(may_use_copy=True))
    reads.has_used_copy = True
    try:
        request = SimpleNamespace(resolver_match=(lambda _: "again", (), {}))
        assert reading.ReadYourWrites.process_exception(None, request, InterfaceError(CLOSED)) == "again"
    finally:
        reading.current.reset(before)


@pytest.mark.parametrize("loop", [Backfill, TradeAudit, Pruning])
def test_history_is_read_audited_and_pruned_another_time(loop, monkeypatch, caplog):
    monkeypatch.setattr(loop, "run_once", closed)
    assert not loop._in_thread(object.__new__(loop))
    assert CLOSED in caplog.text


def test_who_leads_is_not_taken_for_overtaken_since_nobody_can_be_asked():
    with pytest.raises(InterfaceError):
        pass_guard(closed)


async def test_a_browsers_socket_stays_and_learns_nothing_private():
    browser = Browser(SimpleNamespace(close=None), "a" * 32)
    toasts = SimpleNamespace(join=later_closed)
    talk = Conversation({}, later_closed, Fanout(Mirror()), later_closed, toasts)
    assert await talk.seen(browser, [f"account:0x{1:040x}"]) == set()
    assert await talk.welcome(browser) == NOT_SIGNED_IN


async def test_no_session_counts_as_over(monkeypatch):
    monkeypatch.setattr(hangups, "exists", closed)
    assert not await hangups.has_ended("a" * 32)


async def test_a_markets_page_goes_without_its_record(monkeypatch):
    monkeypatch.setattr(pressure, "pressure_of", closed)
    with pytest.raises(pressure.Unreadable):
        await pressure._recorded("BTC", "1h", 1)


def test_a_backup_that_finds_it_closed_is_tried_again_like_any_that_failed(monkeypatch):
    monkeypatch.setattr(backup, "_write", closed)
    with pytest.raises(BackupError, match=CLOSED):
        backup.make(ManualClock())
