"""A leader keeps the history of all wallets: it reads what was and writes down what is, and it is all true."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from django.core.cache import caches
from django.db import connection

from accounts import demo
from accounts.models import Wallet
from dashboard.feedrunner import FeedRunner
from dashboard.recording import Recording
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.feed import LiveFeed
from exchange.info import InfoClient
from exchange.simulator import cast as actors
from exchange.tracker import AccountTracker
from monitoring.models import Lease
from snapshots.models import BackfillProgress, EquitySnapshot, PositionSnapshot, TradeMinute, TradeSnapshot
from tests.cast import make_cast
from tests.snapshots.place import HISTORIES, Place, check, check_trades, place

PATIENCE_S = 100.0
ADDRESS = actors.TRADER


def runner_for(where: Place, limits: Limits) -> FeedRunner:
    budget = Budget(MemoryStore(), limits, where.clock)
    info = InfoClient(where.exchange.url, budget, where.clock)
    url = where.exchange.ws_url
    return FeedRunner(
        lambda demand, clock: LiveFeed(url, info, budget, demand, clock),
        None, "simulated", InMemoryChannelLayer(), caches["default"], where.clock,
        lambda clock: AccountTracker(url, info, budget, clock),
        lambda market, demand, clock, leads: Recording(market, demand, info, clock, leads),
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_at_the_first_start_what_accounts_hold_is_asked_before_their_histories(transactional_db):
    """Within the real limits: these histories cost more than they allow in a minute."""
    cast = await sync_to_async(make_cast)()
    for address in demo.WALLETS:
        await sync_to_async(Wallet.objects.put)(cast.alice, address)
    caches["default"].clear()
    with place(7, 1.0) as where:
        runner = runner_for(where, Limits())
        running = asyncio.create_task(runner.run())
        try:
            async with asyncio.timeout(PATIENCE_S):
                while runner.recorder is None:
                    await asyncio.sleep(0.05)
                is_heard, heard = runner.recorder.accounts.is_heard, set[str]()
                while len(heard) < len(demo.WALLETS):
                    begun = await sync_to_async(begun_to_read)()
                    heard = {address for address in demo.WALLETS if is_heard(address)}
                    assert begun <= heard
                    await asyncio.sleep(0.05)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    await sync_to_async(lambda: connection.close())()


def begun_to_read() -> set[str]:
    """Accounts of which some history was asked for."""
    return set(BackfillProgress.objects.exclude(began_at=None).values_list("account__address", flat=True))


def is_recorded() -> bool:
    """Everything of the past was read, and something of everything was seen since."""
    read = BackfillProgress.objects.filter(state="done").count()
    seen = (EquitySnapshot, PositionSnapshot, TradeMinute)
    return read == 5 and all(model.objects.exists() for model in seen) and TradeSnapshot.objects.count() > 40


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_history_of_a_wallet_is_read_and_kept(transactional_db):
    cast = await sync_to_async(make_cast)()
    await sync_to_async(Wallet.objects.put)(cast.alice, ADDRESS)
    caches["default"].clear()
    with place(7, 1.0) as where:
        runner = runner_for(where, Limits(weight=10_000))
        running = asyncio.create_task(runner.run())
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not await sync_to_async(is_recorded)():
                    await asyncio.sleep(0.3)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert runner.failures == 0
        await sync_to_async(hold_against_the_truth)(where)
    await sync_to_async(lambda: connection.close())()  # that thread's own


def hold_against_the_truth(where: Place) -> None:
    now = where.clock.now_ms()
    missing = check(where, ADDRESS, now)
    assert set(missing) == set(HISTORIES)
    check_trades(where, "BTC", now)
    held = {row.coin: row.szi for row in PositionSnapshot.objects.filter(account__address=ADDRESS)}
    assert {"BTC", "ETH"} <= held.keys()
    row = EquitySnapshot.objects.latest("time")
    assert row.equity is not None, row.reason
    assert row.mode == "default"
    assert Lease.objects.get().expires_at == 0  # given back after the last write
