"""An AccountTracker on real sockets against a simulated exchange, at many times real speed."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

from exchange import account_events as said
from exchange.account_views import AccountView
from exchange.budget import Budget
from exchange.budget import Limits as BudgetLimits
from exchange.budget_memory import MemoryStore
from exchange.events import Event
from exchange.feed_settings import FeedSettings
from exchange.info import InfoClient
from exchange.simulator.limits import Limits
from exchange.simulator.server import SimulatedExchange
from exchange.simulator.world import START_MS
from exchange.tracker import AccountTracker
from tests.exchange.patient_clock import PatientClock, threads_that_answer_soon
from tests.exchange.simulator import worlds

E = TypeVar("E", bound=Event)

SPEED = 160.0
PATIENCE = 90.0
"""Seconds of real time that a test waits for something."""


class TrackerRig:
    """A tracker with its own exchange, and all that it said."""

    def __init__(self, exchange: SimulatedExchange, limits: BudgetLimits | None = None) -> None:
        self.exchange, self.clock = exchange, exchange.clock
        self.budget = Budget(MemoryStore(), limits, self.clock)
        self.info = InfoClient(exchange.url, self.budget, self.clock, timeout=(2.0, 2.0))
        settings = FeedSettings(tick=0.25, seed=1)
        self.tracker = AccountTracker(exchange.ws_url, self.info, self.budget, self.clock, settings)
        self.said: defaultdict[type[Event], list[Event]] = defaultdict(list)
        self.counts: Counter[str] = Counter()
        self._reading: asyncio.Task[None] | None = None

    async def start(self, addresses: Iterable[str]) -> None:
        """Begin to follow these."""
        self.tracker.learn(await asyncio.to_thread(self.info.universe))
        self.follow(addresses)
        self._reading = asyncio.create_task(self._read())

    async def close(self) -> None:
        """End, and raise what went wrong in reading."""
        await self.tracker.aclose()
        if self._reading:
            await self._reading

    def follow(self, addresses: Iterable[str]) -> None:
        self.tracker.follow(dict.fromkeys(addresses, ""))

    def view(self, address: str) -> AccountView:
        return self.tracker.views.by_address[address]

    def hows(self) -> Counter[str]:
        """How many accounts are followed in which way."""
        return Counter(view.how for view in self.tracker.views.by_address.values())

    def all(self, kind: type[E]) -> list[E]:
        """Every event of one kind so far."""
        return list(self.said[kind])

    def fault(self, *faults: object) -> None:
        """Let the exchange misbehave."""
        self.exchange.faults.add(*faults)  # type: ignore[arg-type]

    async def until(self, happened: Callable[[], object], what: str = "") -> None:
        """Wait for something, in real time, or fail."""
        async with asyncio.timeout(PATIENCE):
            try:
                while not happened():
                    if self._reading and self._reading.done():
                        self._reading.result()
                    await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                views = [(v.address[:5], v.how, v.why, v.mode) for v in self.tracker.views.by_address.values()]
                print(what, self.tracker.report(), views)  # noqa: T201 - shown on failure
                raise

    async def later(self, seconds: float) -> None:
        """Wait so many seconds of the exchange's time."""
        end = self.clock.now_ms() + seconds * 1000
        await self.until(lambda: self.clock.now_ms() >= end)

    async def streamed(self, *addresses: str) -> None:
        """Wait until these accounts are streamed."""
        await self.until(lambda: all(self.view(one).how == "streamed" for one in addresses), "streamed")

    # The truth -----------------------------------------------------------------------------------

    def covered(self, stream: str) -> list[tuple[int, int]]:
        """The intervals that are covered, joined where they touch."""
        joined: list[tuple[int, int]] = []
        for one in sorted((e.start, e.end) for e in self.all(said.Covered) if e.stream == stream):
            if joined and one[0] <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], one[1])
            else:
                joined.append(one)
        return joined

    def fills(self, address: str) -> list[tuple[int, int, int]]:
        """(time, tid, oid) of every fill that was yielded, TWAP slices not among them."""
        rows = [fill for event in self.all(said.UserFills) if event.user == address for fill in event.fills]
        return sorted((fill.time, fill.tid or 0, fill.oid) for fill in rows)

    def true_fills(self, address: str, start: int, end: int) -> list[tuple[int, int, int]]:
        """The same of the exchange's own books."""
        rows = self.exchange.world.truth(address).fills
        return sorted((row["time"], row["tid"], row["oid"]) for row in rows if start <= row["time"] <= end)

    async def covered_again(self, *addresses: str) -> None:
        """Wait until the fills of these accounts are covered up to this moment."""
        now = self.clock.now_ms()
        for address in addresses:
            await self.until(lambda one=address: self._is_covered(one, now), f"cover {address}")

    def _is_covered(self, address: str, to: int) -> bool:
        spans = self.covered(f"fills:{address}")
        return bool(spans) and spans[-1][1] >= to

    def assert_no_fill_was_lost(self, *addresses: str) -> None:
        """What is covered is one interval, and every true fill in it was yielded once."""
        for address in addresses:
            spans = self.covered(f"fills:{address}")
            assert len(spans) == 1, spans
            start, end = spans[0]
            yielded = self.fills(address)
            assert len(set(yielded)) == len(yielded), "a fill came twice"
            assert [fill for fill in yielded if start <= fill[0] <= end] == self.true_fills(address, start, end)

    async def _read(self) -> None:
        async for event in self.tracker:
            self.said[type(event)].append(event)
            self.counts[type(event).__name__] += 1


@asynccontextmanager
async def tracking(
    *addresses: str,
    speed: float = SPEED,
    start_ms: int = START_MS,
    exchange_limits: Limits | None = None,
    limits: BudgetLimits | None = None,
    faults: Iterable[object] = (),
) -> AsyncIterator[TrackerRig]:
    """An exchange and a tracker that follows these accounts of it."""
    clock = PatientClock(start_ms, speed)
    with threads_that_answer_soon():
        async with SimulatedExchange(worlds.small(start_ms=start_ms), clock, exchange_limits) as exchange:
            rig = TrackerRig(exchange, limits)
            rig.fault(*faults)
            try:
                await rig.start(addresses)
                yield rig
            finally:
                await rig.close()
