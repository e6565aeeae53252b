"""The feed process: whoever holds the lease reads the exchange, follows accounts and publishes the Board.

A standby only asks for the lease. A leader that loses it, or whose work fails, drops everything it has
and stands by again: the next leader's epoch, the lease's fencing number, overrules what it said.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Set
from contextlib import aclosing
from typing import Any, Protocol

from dashboard.alerting import Alerting
from dashboard.feed_beat import keep_telling
from dashboard.link import forever, is_told_to_stop
from dashboard.network import breaker
from dashboard.publish import Publisher
from dashboard.recording import Recording
from dashboard.wallets_followed import keep_following
from exchange import log_id
from exchange.board import Board
from exchange.clock import Clock
from exchange.demand import Demand
from exchange.events import Event, UniverseChanged
from exchange.market import Market
from exchange.reach import Reach
from exchange.tracker import AccountTracker
from monitoring.lease import Leadership, LeaseLost
from snapshots.record import Recorder

log = logging.getLogger(__name__)

PAUSE = 2.0
LEASE = "feed"


class Feed(Protocol):
    """What a leader reads: ``exchange.feed.LiveFeed``, or another iterator of events that can be closed."""

    def __aiter__(self) -> AsyncIterator[Event]: ...

    async def aclose(self) -> None: ...


MakeFeed = Callable[[Demand, Clock], Feed]
MakeTracker = Callable[[Clock], AccountTracker]
MakeRecording = Callable[[Market, Demand, Clock, Leadership], Recording]
MakeAlerting = Callable[[Market, Demand, Clock, Leadership], Alerting]
Taker = Callable[[Event], None]
"""Gets every event of the market and of accounts, on the event loop: it must be quick, and must not fail."""


class FeedRunner:
    """Leads when it may. ``run`` until cancelled; ``is_leading`` and ``failures`` say how it goes.

    While it leads, each event is also given to all of ``takers``.
    """

    def __init__(
        self,
        make_feed: MakeFeed,
        reach: Reach | None,
        network: str,
        layer: Any,
        cache: Any,
        clock: Clock,
        make_tracker: MakeTracker | None = None,
        make_recording: MakeRecording | None = None,
        make_alerting: MakeAlerting | None = None,
    ) -> None:
        self.make_recording, self.make_alerting = make_recording, make_alerting
        self.make_feed, self.make_tracker, self.reach, self.network = make_feed, make_tracker, reach, network
        self.takers: list[Taker] = []
        self.layer, self.cache, self.clock = layer, cache, clock
        self.leadership = Leadership(LEASE, clock)
        self.publisher: Publisher | None = None
        self.recording: Recording | None = None
        self.alerting: Alerting | None = None
        self.feed: Feed | None = None
        self.tracker: AccountTracker | None = None
        self.failures = 0

    @property
    def is_leading(self) -> bool:
        return self.publisher is not None

    @property
    def recorder(self) -> Recorder | None:
        """That of the history, while it leads and keeps any."""
        return self.recording.recorder if self.recording else None

    async def run(self) -> None:
        """Stand by, lead, stand by again."""
        try:
            while True:
                epoch = await self.leadership.acquire()
                with log_id.bound(f"feed.{epoch}"):
                    await self._lead(epoch)
                if is_told_to_stop():
                    raise asyncio.CancelledError
        finally:
            await asyncio.shield(self.leadership.give_back())

    async def _lead(self, epoch: int) -> None:
        """Lead until the lease is lost or something fails; what was built goes with it."""
        market, demand = Market(), Demand(self.clock)
        self.tracker = tracker = self.make_tracker(self.clock) if self.make_tracker else None
        board = Board(market, self.clock, self.network, epoch, tracker.views if tracker else None)
        self.alerting = alerting = self._alert(market, demand)
        if alerting:
            board.changes_of = alerting.changes_of
        self.recording = recording = self._record(market, demand)
        self.publisher = publisher = Publisher(board, demand, self.layer, self.cache, self.clock)
        try:
            async with asyncio.TaskGroup() as work:
                work.create_task(self.leadership.keep(), name="lease")
                work.create_task(publisher.listen(), name="demand")
                work.create_task(publisher.run(), name="publish")
                work.create_task(self._heed(publisher), name="later leader")
                work.create_task(self._read(market, demand, tracker), name="feed")
                if tracker:
                    work.create_task(self._track(tracker), name="accounts")
                    work.create_task(keep_following(tracker, demand, self.clock, self._alerted), name="wallets")
                if alerting:
                    work.create_task(alerting.run(), name="alerts")
                if recording:
                    work.create_task(recording.run(), name="history")
                    work.create_task(keep_telling(self, tracker), name="heartbeat")
                if self.reach:
                    work.create_task(self._look(self.reach, board), name="reach")
                await forever()
        except* LeaseLost as lost:
            log.warning("leading no more: %s", lost.exceptions[0])
        except* Exception as failed:
            if is_told_to_stop():
                raise
            self.failures += 1
            log.exception("the feed failed and starts again", exc_info=failed)
            self._drop()
            await self.leadership.give_back()
            await self.clock.sleep(PAUSE)
        finally:
            self._drop()

    def _drop(self) -> None:
        """What was built for leading: from now on it does not."""
        self.publisher = self.recording = self.alerting = self.feed = self.tracker = None

    async def _heed(self, publisher: Publisher) -> None:
        """A later leader is believed though the database is away."""
        self.leadership.overruled(await publisher.overruled)

    def _alert(self, market: Market, demand: Demand) -> Alerting | None:
        make = self.make_alerting
        return make(market, demand, self.clock, self.leadership) if make else None

    def _record(self, market: Market, demand: Demand) -> Recording | None:
        make, alerting = self.make_recording, self.alerting
        recording = make(market, demand, self.clock, self.leadership) if make else None
        if recording and alerting:
            recording.alert_coins = lambda: alerting.coins
        return recording

    def _alerted(self) -> Set[str]:
        return self.alerting.addresses if self.alerting else frozenset()

    async def _read(self, market: Market, demand: Demand, tracker: AccountTracker | None) -> None:
        async with aclosing(self.make_feed(demand, self.clock)) as self.feed:
            async for event in self.feed:
                market.apply(event)
                if tracker and isinstance(event, UniverseChanged):
                    tracker.learn(event.universe)
                self._give(event)

    async def _track(self, tracker: AccountTracker) -> None:
        async with aclosing(tracker):
            async for event in tracker:
                self._give(event)

    def _give(self, event: Event) -> None:
        if self.recording:
            self.recording.take(event)
        if self.alerting:
            self.alerting.take(event)
        for take in self.takers:
            take(event)

    async def _look(self, reach: Reach, board: Board) -> None:
        """What the health page wants to know of the exchange's REST, told with the status."""
        looking = asyncio.create_task(reach.run())
        try:
            while True:
                board.reach = (reach.reachable, reach.latency)
                board.breaker = breaker().state.state
                await self.clock.sleep(1.0)
        finally:
            looking.cancel()
