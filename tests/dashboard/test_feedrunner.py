"""The leader follows the accounts of all wallets, publishes what browsers hold, and gives on all that happens."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from django.core.cache import caches

from accounts.models import Wallet
from dashboard.feedrunner import FeedRunner
from dashboard.mirror import Mirror
from exchange import account_events, events
from exchange.budget import Budget
from exchange.budget_memory import MemoryStore
from exchange.clock import SystemClock
from exchange.feed import LiveFeed
from exchange.info import InfoClient
from exchange.simulator import cast as actors
from exchange.simulator.server import SimulatedExchange
from exchange.tracker import AccountTracker
from monitoring.lease import LeaseLost
from monitoring.models import Lease
from tests.cast import make_cast
from tests.exchange.simulator import worlds

PATIENCE_S = 100.0
TOPIC = f"account:{actors.TRADER}"


@pytest.fixture
def cast(transactional_db):
    cast = make_cast()
    Wallet.objects.put(cast.alice, actors.TRADER, role="user")
    Wallet.objects.put(cast.bob, actors.TRADER)
    return cast


class Stage:
    """A leader, a web process's mirror, and what the leader gave on."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        clock = SystemClock()
        budget = Budget(MemoryStore(), None, clock)
        info = InfoClient(exchange.url, budget, clock)
        self.layer, self.mirror = InMemoryChannelLayer(), Mirror()
        self.runner = FeedRunner(
            lambda demand, clock: LiveFeed(exchange.ws_url, info, budget, demand, clock),
            None, "simulated", self.layer, caches["default"], clock,
            lambda clock: AccountTracker(exchange.ws_url, info, budget, clock),
        )  # fmt: skip
        self.running: asyncio.Task[None] | None = None
        self.taken: list[events.Event] = []
        self.runner.takers.append(self.taken.append)

    @property
    def summary(self) -> dict:
        snapshot = self.mirror.snapshot(TOPIC)
        return snapshot.rows.get("summary", {}) if snapshot else {}

    def hows(self, address: str) -> list[str]:
        """How an account has been followed."""
        said = (event for event in self.taken if isinstance(event, account_events.Following))
        return [event.how for event in said if event.user == address]

    async def until(self, happened) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not happened():
                await asyncio.sleep(0.05)


@asynccontextmanager
async def leading(failures: int = 0):
    caches["default"].clear()
    clock = SystemClock()
    async with SimulatedExchange(worlds.small(start_ms=clock.now_ms()), clock) as exchange:
        stage = Stage(exchange)
        await stage.mirror.start(stage.layer, caches["default"])
        stage.running = running = asyncio.create_task(stage.runner.run())
        try:
            yield stage
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await stage.mirror.stop()
            assert stage.runner.failures == failures


def test_each_address_is_followed_once_with_the_role_that_somebody_learnt(cast):
    Wallet.objects.put(cast.bob, actors.VAULT)
    assert Wallet.objects.roles() == {actors.TRADER: "user", actors.VAULT: ""}


async def test_whoever_lost_the_lease_leads_again_as_soon_as_it_is_free(cast):
    """So it is after each outage of the database."""
    async with leading() as stage:
        for _ in range(2):
            await stage.until(lambda: stage.runner.is_leading)
            led_as = stage.runner.leadership.number
            await stage.until(lambda: any(isinstance(event, events.Connected) for event in stage.taken))
            await sync_to_async(Lease.objects.filter(name="feed").update)(holder="another", number=led_as + 10)
            await stage.until(lambda: not stage.runner.is_leading)
            await stage.until(lambda: stage.runner.is_leading)
            assert stage.runner.leadership.number > led_as


@pytest.mark.slow
async def test_wallets_are_followed_while_somebody_has_them_and_shown_to_who_looks(cast):
    async with leading() as stage:
        await stage.mirror.hold(TOPIC, "a browser")
        await stage.until(lambda: stage.summary.get("how") == "streamed")
        await stage.until(lambda: stage.summary["equity"] != "—")
        assert stage.summary["role"] == "user"
        assert {"position:BTC", "position:ETH"} <= stage.mirror.snapshot(TOPIC).rows.keys()
        kinds = {type(event) for event in stage.taken}
        assert kinds >= {
            events.Prices,
            events.UniverseChanged,
            account_events.AccountStates,
            account_events.Covered,
        }
        await sync_to_async(Wallet.objects.put)(cast.alice, actors.UNIFIED)
        await stage.until(lambda: "streamed" in stage.hows(actors.UNIFIED))
        await sync_to_async(Wallet.objects.filter(address=actors.UNIFIED).delete)()
        await stage.until(lambda: stage.hows(actors.UNIFIED)[-1] == "ended")
        await sync_to_async(Wallet.objects.filter(user=cast.bob).delete)()
        await asyncio.sleep(2.5)
        assert stage.hows(actors.TRADER)[-1] == "streamed"


@pytest.mark.django_db(transaction=True)
async def test_a_leader_that_fails_leads_again_and_one_that_is_told_to_stop_ends():
    async with leading(failures=1) as stage:

        def fail(event: events.Event) -> None:
            stage.runner.takers.remove(fail)
            raise OSError("something failed")

        await stage.until(lambda: stage.taken)
        first = stage.runner.leadership.number
        stage.runner.takers.append(fail)
        await stage.until(lambda: stage.runner.failures and not stage.runner.is_leading)
        stage.taken.clear()
        await stage.until(lambda: stage.taken)
        assert stage.runner.leadership.number > first
        assert stage.runner.failures == 1
        stage.running.cancel()
        await asyncio.wait({stage.running}, timeout=PATIENCE_S)
        assert stage.running.cancelled()


async def test_a_leader_that_loses_its_lease_in_the_moment_it_is_told_to_stop_stops(transactional_db):
    async with leading() as stage:
        await stage.until(lambda: stage.runner.is_leading)
        stage.runner.leadership.renew = lost
        running = stage.running
        await asyncio.sleep(1.5)  # until it renews
        running.cancel()
        async with asyncio.timeout(10):
            await asyncio.wait([running])
        assert running.cancelled()


async def lost() -> None:
    """Only when the renewal is told to stop, too."""
    try:
        await asyncio.Event().wait()
    finally:
        raise LeaseLost("another feed has taken over")
