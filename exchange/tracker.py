"""AccountTracker: an async iterator of what happens on every followed account; it never gives up.

    tracker.follow({"0x…": "user"})
    async for event in tracker: ...          # and ``tracker.views`` has each account as it is now

It has a socket of its own beside the feed's: a wrong market name that kills that one, or a storm of its
reconnects, takes no account with it, and neither has to know the other's streams. Up to the exchange's cap
accounts are streamed (``tracker_slots``); whatever of an account no stream tells is asked for by REST within
the budget, most urgent first (``tracker_account``): so an account without a slot is simply one of which no
stream tells anything. No fill is lost when a slot changes hands or a socket ends: histories are read by REST
from where they are covered, each time after streams have begun or ended (``tracker_known``).
"""

import asyncio
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from exchange.account_events import AccountStates, Following
from exchange.account_views import AccountViews
from exchange.budget import Budget
from exchange.clock import Clock
from exchange.controls import Control
from exchange.errors import BudgetExhausted
from exchange.events import Connected, Disconnected, Event
from exchange.feed_settings import FeedSettings
from exchange.hearing import Hearing
from exchange.info import InfoClient
from exchange.link import Link
from exchange.session import Session
from exchange.tracker_account import FILLS, GLANCE_AGAIN_SECONDS, STATES, Followed
from exchange.tracker_chores import TrackerChores
from exchange.tracker_ear import TrackerEar
from exchange.tracker_polls import FEATURE, AccountPolls
from exchange.tracker_slots import Slots
from exchange.universe import Universe
from exchange.ways import live_dexes

CONNECTION = "accounts"
LOOK_SECONDS = 1.0
"""Between two looks at how each account is followed and what is due."""


class AccountTracker(Hearing):
    """See the module. ``follow`` and ``look_at`` say what is wanted, ``learn`` which dexes there are."""

    def __init__(
        self,
        ws_url: str,
        info: InfoClient,
        budget: Budget,
        clock: Clock,
        settings: FeedSettings | None = None,
    ) -> None:
        settings = settings or FeedSettings()
        super().__init__(clock, settings.tick)
        self.views = AccountViews()
        self.followed: dict[str, Followed] = {}
        self.slots = Slots(budget.limits.users)
        self._budget, self._leases = budget, set[str]()
        random = Random(settings.seed)
        self.link = Link(
            ws_url, budget, clock, random, self._on_frames, self._on_lost, settings.pace, CONNECTION, FEATURE
        )
        self.ear = TrackerEar(self.followed, self.slots, self.link, clock)
        self.work = TrackerChores(AccountPolls(info, clock), self.followed, self.chores, clock, self._deliver)
        self._looked_at = float("-inf")
        self._said_lost = False

    # What is wanted ------------------------------------------------------------------------------

    def follow(self, roles: Mapping[str, str]) -> None:
        """Follow exactly these addresses (lower case), each with what ``userRole`` said of it, or nothing."""
        now, at = self.clock.monotonic(), self.clock.now_ms()
        for address in self.followed.keys() - roles.keys():
            del self.followed[address]
            self._deliver([Following(at, address, "ended")])
        for address, role in roles.items():
            if address not in self.followed:
                self._deliver([Following(at, address, "waiting", "nothing was heard yet", role)])
                self.followed[address] = Followed(self.views.by_address[address], now, at)

    def look_at(self, addresses: Iterable[str]) -> None:
        """Somebody looks at these accounts: they come first."""
        looked_at = set(addresses)
        for address, followed in self.followed.items():
            followed.is_looked_at = address in looked_at

    def learn(self, universe: Universe) -> None:
        """The dexes there are; orders are listened to on those where something can be traded."""
        self.slots.dexes = tuple(live_dexes(universe))
        self.work.dexes = universe.dexes or ("",)

    def report(self) -> dict[str, Any]:
        """What an operator wants to know, as plain values."""
        hows = [followed.view.how for followed in self.followed.values()]
        return {
            "connected": self.link.session is not None and self.link.session.heard_at is not None,
            "reason": "" if self.link.session else self.link.reason,
            "sockets_opened": self.link.opened,
            "breaker_open": self.link.backoff.tripped,
            "followed": {how: hows.count(how) for how in sorted(set(hows))},
            "slots": len(self.slots.held),
            "refused": dict(self.slots.refused),
            "error_frames": dict(self.ear.errors),
            "bad_frames": dict(self.bad_frames),
            "failures": dict(self.chores.failures),
            "last_errors": dict(self.chores.last_error),
        }

    async def aclose(self) -> None:
        self.work.stop()
        await super().aclose()
        self.work.close()
        for address in self._leases:
            await asyncio.to_thread(self._budget.release, "users", address)

    # The loop ------------------------------------------------------------------------------------

    def run_once(self) -> None:
        """One turn: share out the slots, keep the socket, ask for what is due."""
        now = self.clock.monotonic()
        self.chores.start("link", self._step)
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._deliver(self.ear.judge(now))
            self.work.look(now)
        self.work.start_due()

    async def _step(self) -> None:
        await self._share_out()
        if self.link.session is not None:
            self.link.session.want(self.ear.subscriptions(self.clock.monotonic()))
        if self.slots.held or self.link.session is not None:
            for subscription in await self.link.step():
                self.slots.asked(subscription, self.clock.monotonic())

    async def _share_out(self) -> None:
        """Looked at first, then who has a slot, then in the order of coming; the budget's leases follow."""
        ranked = sorted(self.followed.values(), key=lambda one: (not one.is_looked_at, not one.has_slot))
        wanted = self.slots.wanted((one.address for one in ranked), self.clock.monotonic())
        for address in self.slots.held.keys() - set(wanted):
            self.ear.leave(address)
        await self._lease([*wanted, *(f"glance {number}" for number in range(self.slots.going_round))])
        for address in self._leases.intersection(wanted) - self.slots.held.keys() - self.slots.refused.keys():
            if followed := self.followed.get(address):
                self.slots.take(address)
                followed.has_slot = True
        if self.slots.going_round or self.slots.glances:
            self._glance()

    async def _lease(self, names: list[str]) -> None:
        """Hold the budget's slots under exactly these names, or as many of them as there are."""
        for name in self._leases - set(names):
            self._leases.discard(name)
            await asyncio.to_thread(self._budget.release, "users", name)
        for name in names:
            if name not in self._leases:
                try:
                    await asyncio.to_thread(self._budget.hold, "users", name, FEATURE)
                except BudgetExhausted:  # another process of ours has the rest
                    return
                self._leases.add(name)

    def _glance(self) -> None:
        """Show the positions of those without a slot in turn, first of those whose turn was longest ago."""
        now = self.clock.monotonic()
        others = (one for one in self.followed.values() if not one.has_slot)
        turns = sorted((max(one.told.get(STATES, float("-inf")), one.glanced_at), one.address) for one in others)
        for address in self.slots.glance((one for at, one in turns if now - at > GLANCE_AGAIN_SECONDS), now):
            self.followed[address].glanced_at = now

    # What comes ----------------------------------------------------------------------------------

    def _heard(self, session: Session, said: Event | Control, now: float) -> None:
        if isinstance(said, Control):
            self.ear.controlled(session, said, now)
            return
        if session.heard_at is None:
            self.link.backoff.data()
            self._said_lost = False
            self._deliver([Connected(said.received_at, CONNECTION)])
        session.heard_at, session.heard_ms = now, said.received_at
        self._deliver(self.ear.heard(said, now))
        followed = self.followed.get(said.user) if isinstance(said, AccountStates) else None
        if followed and not followed.has_slot and followed.has_changed():
            followed.wanted.add(FILLS)

    def _lost(self, session: Session | None, reason: str) -> None:
        self.ear.lost(session)
        if not self._said_lost:
            self._said_lost = True
            last = session.heard_ms if session else None
            self._deliver([Disconnected(self.clock.now_ms(), CONNECTION, reason, last)])

    def _deliver(self, events: list[Event]) -> None:
        for event in events:
            self.views.apply(event)
        self._yield(events)
