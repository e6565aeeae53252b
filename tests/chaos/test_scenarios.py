"""Seeded scenarios: whatever befalls the wire, what the feed knows afterwards is true.

A LiveFeed reads a simulated exchange over a real socket while troubles drawn by the scenario's seed
strike. Once they are over, its Market must come to equal that of a Witness, which heard the same
world without a wire; trades that it never heard must lie within a Gap that it named.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from random import Random

import pytest

from exchange import events
from exchange.fallback import Polls
from exchange.feed_settings import FeedSettings
from exchange.info import InfoClient
from exchange.simulator.faults import Faults
from exchange.simulator.profile import SMALL
from exchange.simulator.server import SimulatedExchange
from exchange.simulator.world import START_MS, World
from tests.chaos.troubles import Disconnect, may_eat_answers, troubles
from tests.chaos.witness import Account, Witness
from tests.exchange.feed_rig import Listener
from tests.exchange.patient_clock import PatientClock, threads_that_answer_soon

pytestmark = pytest.mark.slow

SCENARIOS = int(os.environ.get("SCENARIOS", "12"))
"""Each takes seconds of a processor; ``make chaos`` goes through two hundred."""
SPEED = 200.0
COINS = ("ETH", "SOL", "HYPE", "xyz:GOLD", "@107", "PURR/USDC")
SETTLING = 1500.0
"""Seconds of the clock: a stream that fell back tries its best way again after five minutes."""
LAGS = 2.0


class Scenario:
    """A feed and a witness of one exchange; ``said`` is what the feed says."""

    def __init__(self, seed: int, exchange: SimulatedExchange, clock: PatientClock) -> None:
        self.seed, self.exchange, self.clock = seed, exchange, clock
        self.coins = ("BTC", Random(f"coin/{seed}").choice(COINS))
        kinds = ("market:{}", "book:{}", "trades:{}", "candle:{}:1m")
        self.topics = {"markets", *(kind.format(coin) for coin in self.coins for kind in kinds)}
        settings = FeedSettings(tick=0.25, audit_every=20.0, seed=seed)
        self._read = 0
        self.feed = Listener(exchange.ws_url, exchange.url, clock, self.topics, settings)

    async def begin(self) -> None:
        """The witness first, then the feed, until a whole minute can be audited."""
        info = InfoClient(self.exchange.url, clock=self.clock)
        universe = await asyncio.to_thread(info.universe)
        self.witness = Witness(self.exchange._hub, self.clock, universe)
        for coin in self.coins:
            for event in await asyncio.to_thread(Polls(info, self.clock).bars, coin, "1m"):
                self.witness.take(event)
        self.witness.listen(self.topics)
        self.feed.start()
        await self.feed.until(self.is_live, "live")
        self.account = Account(self.witness, self.clock.now_ms(), self.coins)
        await self.clock.sleep(61)

    async def suffer(self) -> None:
        began = self.clock.monotonic()
        for at, trouble in troubles(self.seed):
            await self.clock.sleep(began + at - self.clock.monotonic())
            if isinstance(trouble, Disconnect):
                await self.exchange.disconnect(code=trouble.code)
            else:
                self.exchange.faults.add(trouble)
        while self.exchange.faults.active():
            await self.clock.sleep(1)

    async def settle(self) -> list[str]:
        """Until the account is settled, or what is still owed when the time is over."""
        end, owed = self.clock.monotonic() + SETTLING, ["it never became live again"]
        while self.clock.monotonic() < end:
            await self.clock.sleep(LAGS)
            if self.is_live():
                owed = await self.compare()
                if not owed:
                    return []
        return owed

    async def compare(self) -> list[str]:
        """While the clock stands, what has been sent arrives; then both must know the same."""
        self.clock.stop()
        for _ in range(5):
            await asyncio.sleep(0.004)
            if not (owed := self.owed()):
                break
        self.clock.go_on()
        return owed

    def owed(self) -> list[str]:
        """The first difference, if there is one."""
        for event in self.feed.said[self._read :]:
            self.account.hear(event)
        self._read = len(self.feed.said)
        return list(islice(self.account.differences(self.feed.market), 1))

    def is_live(self) -> bool:
        streams = self.feed.feed.streams.by_name
        return len(streams) > 3 and all(stream.state == "live" for stream in streams.values())


@asynccontextmanager
async def scenario(seed: int) -> AsyncIterator[Scenario]:
    clock = PatientClock(START_MS, SPEED)
    faults = Faults(seed, clock.monotonic)
    async with SimulatedExchange(World(seed, profile=SMALL), clock, faults=faults) as exchange:
        one = Scenario(seed, exchange, clock)
        await one.begin()
        try:
            yield one
        finally:
            clock.go_on()
            await one.feed.close()


@pytest.fixture(autouse=True)
def _threads():
    with threads_that_answer_soon():
        yield


@pytest.mark.parametrize("seed", range(SCENARIOS))
async def test_what_is_known_afterwards_is_true_and_holes_are_named(seed: int) -> None:
    async with scenario(seed) as one:
        await one.suffer()
        owed = await one.settle()
        assert not owed, troubles(seed)
        assert may_eat_answers(seed) or not list(one.account.unjustified())
        assert {gap.stream for gap in one.account.gaps} <= {f"trades:{coin}" for coin in one.coins}
        assert isinstance(one.feed.said[0], events.UniverseChanged)
