"""A LiveFeed on real sockets against a simulated exchange, at many times real speed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

from exchange import events
from exchange.budget import Budget
from exchange.budget import Limits as BudgetLimits
from exchange.budget_memory import MemoryStore
from exchange.clock import Clock
from exchange.demand import Demand
from exchange.events import Event
from exchange.feed import LiveFeed
from exchange.feed_settings import FeedSettings
from exchange.info import InfoClient
from exchange.market import Market
from exchange.simulator.limits import Limits
from exchange.simulator.server import SimulatedExchange
from exchange.simulator.world import START_MS
from tests.exchange.patient_clock import PatientClock, threads_that_answer_soon
from tests.exchange.simulator import worlds

E = TypeVar("E", bound=Event)

TOPICS = ("markets", "book:BTC", "trades:BTC", "candle:BTC:1m", "market:BTC")
SPEED = 80.0
PATIENCE = 60.0
"""Seconds of real time that a test waits for something."""


class Listener:
    """A feed, the Market that it fills, and all that it said; holds its topics until closed."""

    def __init__(
        self,
        ws_url: str,
        url: str,
        clock: Clock,
        topics: Iterable[str] = TOPICS,
        settings: FeedSettings | None = None,
        limits: BudgetLimits | None = None,
    ) -> None:
        self.clock = clock
        self.topics = set(topics)
        self.budget = Budget(MemoryStore(), limits, clock)
        self.demand = Demand(clock)
        info = InfoClient(url, self.budget, clock, timeout=(2.0, 2.0))
        settings = settings or FeedSettings(tick=0.25, seed=1)
        self.feed = LiveFeed(ws_url, info, self.budget, self.demand, clock, settings)
        self.market = Market()
        self.said: list[Event] = []
        self.counts: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to read."""
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._hold())]

    async def close(self) -> None:
        """End, and raise what went wrong in reading."""
        await self.feed.aclose()
        self._tasks[1].cancel()
        await self._tasks[0]

    def all(self, kind: type[E]) -> list[E]:
        """Every event of one kind so far."""
        return [event for event in self.said if isinstance(event, kind)]

    def states(self, stream: str) -> list[str]:
        """The states that a stream went through."""
        return [event.state for event in self.all(events.StreamState) if event.stream == stream]

    async def until(self, happened: Callable[[], object], what: str = "") -> None:
        """Wait for something, in real time, or fail."""
        async with asyncio.timeout(PATIENCE):
            try:
                while not happened():
                    if self._tasks[0].done():
                        self._tasks[0].result()
                    await asyncio.sleep(0.005)
            except asyncio.CancelledError:
                print(what, self.feed.report(), self.all(events.StreamState)[-10:])  # noqa: T201 - shown on failure
                raise

    async def _read(self) -> None:
        async for event in self.feed:
            self.market.apply(event)
            self.said.append(event)
            self.counts[type(event).__name__] += 1

    async def _hold(self) -> None:
        while True:
            self.demand.hold("test", self.topics)
            await self.clock.sleep(2)


class Rig(Listener):
    """A listener with its own exchange."""

    def __init__(self, exchange: SimulatedExchange, **options: object) -> None:
        super().__init__(exchange.ws_url, exchange.url, exchange.clock, **options)  # type: ignore[arg-type]
        self.exchange = exchange

    def fault(self, *faults: object) -> None:
        """Let the exchange misbehave."""
        self.exchange.faults.add(*faults)  # type: ignore[arg-type]

    async def live(self, *streams: str) -> None:
        """Wait until streams (all that are wanted, if none is named) are live."""
        await self.until(lambda: self._are_live(streams or tuple(self.feed.streams.by_name)), f"live {streams}")

    def _are_live(self, streams: tuple[str, ...]) -> bool:
        info = self.feed.report()["streams"]
        return len(info) > 3 and all(name in info and info[name]["state"] == "live" for name in streams)


@asynccontextmanager
async def rig(
    speed: float = SPEED,
    exchange_limits: Limits | None = None,
    faults: Iterable[object] = (),
    start: bool = True,
    **options: object,
) -> AsyncIterator[Rig]:
    """An exchange and a feed that reads it."""
    clock = PatientClock(START_MS, speed)
    with threads_that_answer_soon():
        async with SimulatedExchange(worlds.small(), clock, exchange_limits) as exchange:
            running = Rig(exchange, **options)
            running.fault(*faults)
            if start:
                running.start()
            try:
                yield running
            finally:
                if start:
                    await running.close()
