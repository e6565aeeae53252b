"""Streams: all that the feed wants to hear at present, derived from the demand and the universe."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from exchange.stream import Stream
from exchange.subscriptions import Subscription, streams_of
from exchange.topics import Topic
from exchange.universe import Universe
from exchange.watch import judge, pulse_limit
from exchange.ways import ALWAYS_ON, ways_of


@dataclass(slots=True)
class Streams:
    """By name. Times are seconds of the feed's monotonic clock."""

    by_name: dict[str, Stream] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    """Coins that are wanted, but not in the universe: never subscribed to."""

    def update(self, topics: Iterable[Topic], universe: Universe) -> tuple[list[str], list[str]]:
        """Follow the demand; names of streams that began, and of those that ended."""
        topics = list(topics)
        known = [topic for topic in topics if topic.coin in universe]
        self.unknown = {topic.coin for topic in topics if topic.coin} - {topic.coin for topic in known}
        names = dict.fromkeys(ALWAYS_ON)
        names |= dict.fromkeys(name for topic in known for name in streams_of(topic))
        if (prices := self.by_name.get("prices")) and prices.at == 1:
            names |= dict.fromkeys(f"market:{topic.coin}" for topic in known)  # mids alone: marks of coins in use
        ended = [name for name in self.by_name if name not in names]
        for name in ended:
            del self.by_name[name]
        begun = [name for name in names if name not in self.by_name]
        for name in begun:
            self.by_name[name] = Stream(name, ways_of(name, universe))
        return begun, ended

    def renamed(self, universe: Universe) -> None:
        """The universe has changed: ways that name dexes are made anew."""
        if prices := self.by_name.get("prices"):
            prices.ways = ways_of("prices", universe)

    def subscriptions(self) -> set[Subscription]:
        """What the socket should carry."""
        return {subscription for stream in self.by_name.values() for subscription in stream.subscriptions()}

    def of(self, subscription: Subscription) -> list[Stream]:
        """The streams that a subscription is for."""
        return [stream for stream in self.by_name.values() if subscription in stream.subscriptions()]

    def pulse_limit(self) -> float:
        """Seconds of silence after which the whole socket is suspect."""
        return pulse_limit([stream for stream in self.by_name.values() if stream.way.subscriptions])

    def judge(self, now: float, pulse: bool) -> Iterator[tuple[str, Stream]]:
        """What to do about which stream."""
        for stream in self.by_name.values():
            if carrier := self.by_name.get(stream.way.carrier):
                stream.carried(carrier)
            if action := judge(stream, now, pulse):
                yield action, stream

    def changed(self) -> Iterator[tuple[Stream, str]]:
        """Streams whose state is not what was last published, with the state."""
        for stream in self.by_name.values():
            if (state := stream.state) != stream.published:
                stream.published = state
                yield stream, state

    def to_poll(self, now: float, no_socket: bool) -> Iterator[Stream]:
        """Streams to be asked for by REST now: those without a better way, or all while there is no socket."""
        for stream in self.by_name.values():
            way = stream.way if stream.way.poll else stream.polled_way if no_socket else None
            if way and (stream.polled_at is None or now - stream.polled_at >= way.every):
                stream.polled_at = now
                yield stream
