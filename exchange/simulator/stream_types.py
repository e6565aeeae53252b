"""The ways in which a stream speaks: when something happens, on a clock, or by what changed."""

from random import Random
from typing import Protocol

from exchange.simulator import stream_fast
from exchange.simulator.answers_trading import aggregated
from exchange.simulator.faults import Frame
from exchange.simulator.stream_kinds import Cadence, Message, cadence, first
from exchange.simulator.stream_names import Subscription
from exchange.simulator.world import World

CANDLE_GAP = 950
"""Candles of one stream are so many ms apart, unless one ends (about 1/s, API.md section 5)."""
SOON = 500
"""An account state is sent after an event of its account, but so many ms after the last one."""


class Member(Protocol):
    """Who listens: something that frames can be handed to."""

    def send(self, frames: list[Frame]) -> None:
        """Take frames that go out together."""


class Stream:
    """A stream that sends what happens (trades, fills, ...). ``due`` is in the world's ms, or None."""

    def __init__(self, subscription: Subscription, world: World) -> None:
        self.subscription = subscription
        self.world = world
        self.members: dict[Member, None] = {}
        self.due: int | None = None

    def opening(self) -> Message | None:
        """The first frame of a new member."""
        return self.build()

    def touch(self, now: int) -> Message | None:
        """What the stream is about has changed."""
        return self.build()

    def shape(self, message: Message) -> Message:
        """What happened, as this very stream tells it."""
        return message

    def next(self, now: int) -> Message | None:
        """The stream's time (``due``) has come."""
        return None

    def build(self) -> Message | None:
        """The state (or, before the first event, the history) that the stream is about."""
        return first(self.world, self.subscription)


class AggregatedFills(Stream):
    """Fills with the partial ones of each order merged."""

    def shape(self, message: Message) -> Message:
        channel, data = message
        return channel, data | {"fills": aggregated(data["fills"])}


class Candle(Stream):
    """The running candle about once a second; the last state of one that ended is never left out."""

    sent = 0
    waiting: Message | None = None

    def touch(self, now: int) -> Message | None:
        ended, self.waiting = self.waiting, self.build()
        self.due = max(now, self.sent + CANDLE_GAP)
        return ended if ended and self.waiting and ended[1]["t"] != self.waiting[1]["t"] else None

    def next(self, now: int) -> Message | None:
        self.due, self.sent = None, now
        message, self.waiting = self.waiting, None
        return message


class State(Stream):
    """Resends its whole state on its clock, and soon after an event."""

    def __init__(self, subscription: Subscription, world: World, every: Cadence, draw: Random) -> None:
        super().__init__(subscription, world)
        self.every = every
        self.draw = draw
        self.sent = world.now_ms
        self.due = self.sent + self._pause()

    def touch(self, now: int) -> Message | None:
        self.due = min(self.due or now, max(now, self.sent + SOON))
        return None

    def next(self, now: int) -> Message | None:
        on_time = (self.due or now) + self._pause()
        self.sent = now
        self.due = on_time if on_time > now else now + self._pause()
        return self.build()

    def _pause(self) -> int:
        return round(self.draw.uniform(*self.every) * 1000)


class Changing(State):
    """Looks at its state on its clock and sends it if it is not what it was."""

    last: Message | None = None

    def opening(self) -> Message | None:
        self.last = super().opening()
        return self.last

    def next(self, now: int) -> Message | None:
        before, self.last = self.last, super().next(now)
        return None if self.last == before else self.last


class FastContexts(State):
    """Changes since what was last sent; a new member begins with exactly that."""

    shown: stream_fast.Contexts

    def opening(self) -> Message | None:
        if len(self.members) == 1:
            self.shown = self.world.fast_ctxs()
        return self.subscription.type, stream_fast.pack(self.shown)

    def build(self) -> Message | None:
        before, self.shown = self.shown, self.world.fast_ctxs()
        return self.subscription.type, stream_fast.pack(stream_fast.changes(before, self.shown))


def stream_of(subscription: Subscription, world: World, draw: Random) -> Stream:
    """A stream that nobody listens to yet."""
    every = cadence(subscription)
    if subscription.type == "candle":
        return Candle(subscription, world)
    if every is None:
        return (AggregatedFills if subscription["aggregateByTime"] else Stream)(subscription, world)
    kind = {"fastAssetCtxs": FastContexts, "activeAssetData": Changing}.get(subscription.type, State)
    return kind(subscription, world, every, draw)
