"""Who listens to what, and what is due to them: the streams of the simulated exchange, without a socket.

``Hub.step`` moves the world on and returns each member's frames; every distinct frame is built and
serialised once. All times are the world's, in Unix ms, so that cadences hold at any speed.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random

import msgspec

from exchange.simulator import happenings as h
from exchange.simulator.faults import Frame
from exchange.simulator.stream_events import tell
from exchange.simulator.stream_kinds import ACCOUNT_STATES, Message
from exchange.simulator.stream_names import Subscription
from exchange.simulator.stream_types import Member, Stream, stream_of
from exchange.simulator.world import World

Outbox = dict[Member, list[Frame]]

SECOND = 1000


class Hub:
    """The streams somebody listens to."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self._draw = Random(f"hub/{seed}")
        self._streams: dict[Subscription, Stream] = {}
        self._index: dict[tuple[str, str], list[Stream]] = {}
        self._heard: Counter[str] = Counter()

    def join(self, member: Member, subscription: Subscription) -> list[Frame]:
        """Let ``member`` hear a stream; its first frames."""
        stream = self._streams.get(subscription)
        if stream is None:
            stream = self._streams[subscription] = stream_of(subscription, self.world, self._draw)
            self._index.setdefault((subscription.type, subscription.about), []).append(stream)
            self._heard[subscription.about] += 1
        stream.members[member] = None
        message = stream.opening()
        return [] if message is None else [frame(message, subscription.about)]

    def leave(self, member: Member, subscription: Subscription) -> None:
        """``member`` hears the stream no more."""
        stream = self._streams.get(subscription)
        if stream is None:
            return
        stream.members.pop(member, None)
        if not stream.members:
            del self._streams[subscription]
            self._index[subscription.type, subscription.about].remove(stream)
            self._heard[subscription.about] -= 1

    def step(self, to_ms: int) -> Iterator[Outbox]:
        """Move the world on in steps that end with each second, so that no candle's end is missed."""
        while self.world.now_ms < to_ms:
            end_of_second = (self.world.now_ms + 1) // SECOND * SECOND + SECOND - 1
            yield self._advance(min(to_ms, end_of_second))

    def _advance(self, to_ms: int) -> Outbox:
        outbox: Outbox = {}
        happenings = [one for one in self.world.advance(to_ms) if self._is_heard(one)]
        for told in tell(happenings):
            for stream in self._index.get((told.type, told.about), ()):
                self._send(outbox, stream, stream.shape(told.message))
        self._touch(outbox, happenings, to_ms)
        for stream in self._streams.values():
            if stream.due is not None and stream.due <= to_ms:
                self._send(outbox, stream, stream.next(to_ms))
        return outbox

    def _is_heard(self, happening: h.Happening) -> bool:
        about: str = getattr(happening, "user", "") or getattr(happening, "coin", "")
        return self._heard[about] > 0

    def _touch(self, outbox: Outbox, happenings: list[h.Happening], now: int) -> None:
        """Tell streams that ask the world for their state that it changed, once each."""
        touched: dict[tuple[str, str], int] = {}
        for happening in happenings:
            match happening:
                case h.BookChanged(coin=coin):
                    touched["bbo", coin] = now
                case h.CandleChanged(coin=coin):
                    touched["candle", coin] = now
                case h.Trades() | h.OutcomesChanged():
                    pass
                case _:
                    touched |= dict.fromkeys([(kind, happening.user) for kind in ACCOUNT_STATES], now)
        for key in touched:
            for stream in self._index.get(key, ()):
                self._send(outbox, stream, stream.touch(now))

    def _send(self, outbox: Outbox, stream: Stream, message: Message | None) -> None:
        if message is not None:
            built = frame(message, stream.subscription.about)
            for member in stream.members:
                outbox.setdefault(member, []).append(built)


def frame(message: Message, about: str = "") -> Frame:
    """A message as it goes over the wire."""
    channel, data = message
    return channel, about, msgspec.json.encode({"channel": channel, "data": data})
