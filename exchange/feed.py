"""LiveFeed: an async iterator of events that never gives up.

    async for event in LiveFeed(ws_url, info, budget, demand, clock):
        market.apply(event)

One socket carries everything. Names come from REST first; what is subscribed follows the demand; each
stream is watched, renewed, replaced by its slower way, and tried again; what may be missing after an
interruption is filled from REST or reported as a Gap. ``run_once`` is one turn of its only loop.
"""

from random import Random
from typing import Any

from exchange.budget import Budget
from exchange.clock import Clock
from exchange.controls import Control
from exchange.demand import Demand
from exchange.events import Event
from exchange.fallback import Polls
from exchange.feed_chores import FeedChores
from exchange.feed_ear import Ear
from exchange.feed_report import report
from exchange.feed_settings import FeedSettings
from exchange.hearing import Hearing
from exchange.info import InfoClient
from exchange.link import Link
from exchange.session import Session
from exchange.streams import Streams


class LiveFeed(Hearing):
    """See the module. It starts with the first ``anext``; end it with ``aclose``."""

    def __init__(
        self,
        ws_url: str,
        info: InfoClient,
        budget: Budget,
        demand: Demand,
        clock: Clock,
        settings: FeedSettings | None = None,
    ) -> None:
        self.settings = settings or FeedSettings()
        super().__init__(clock, self.settings.tick)
        self.streams = Streams()
        self._demand = demand
        random = Random(self.settings.seed)
        self.link = Link(ws_url, budget, clock, random, self._on_frames, self._on_lost, self.settings.pace)
        self.ear = Ear(self.streams, self.link, clock)
        self.work = FeedChores(Polls(info, clock), self.chores, self.ear, clock, self.settings, self._yield)

    def report(self) -> dict[str, Any]:
        """What an operator wants to know, as plain values."""
        return report(self.link, self.ear, self.chores, self.bad_frames, self.clock.monotonic())

    def run_once(self) -> None:
        """One turn: follow the demand, judge the streams, start what is due."""
        now = self.clock.monotonic()
        universe = self.ear.universe
        if universe is not None:
            self._yield(self.ear.follow(self._demand.wanted(), now))
            self._yield(self.ear.judge(now))
            self.chores.start("link", self._step)
        self.work.start_due(now, universe)

    async def _step(self) -> None:
        for subscription in await self.link.step():
            self.ear.asked(subscription)

    def _lost(self, session: Session | None, reason: str) -> None:
        self._yield(self.ear.lost(session, reason))

    def _heard(self, session: Session, said: Event | Control, now: float) -> None:
        if isinstance(said, Event):
            self._ready.extend(self.ear.heard(session, said, now))
        else:
            self.work.refill(self.ear.controlled(session, said, now))
