"""Witness: a Market that hears the same simulated world without a wire, so that nothing can befall it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from exchange import events
from exchange.clock import Clock
from exchange.decode import decode
from exchange.events import Event
from exchange.market import Market
from exchange.market_tape import TAPE_LENGTH
from exchange.simulator import stream_names
from exchange.simulator.faults import Frame
from exchange.simulator.stream_hub import Hub
from exchange.streams import Streams
from exchange.subscriptions import Subscription
from exchange.topics import Topic
from exchange.universe import Universe
from exchange.wire.market import Trade

TradeKey = tuple[int, int]
POLLED = 10
"""Trades that REST answers with at most; a subscribe is answered with thirty."""


class Witness:
    """A member of the exchange's streams, beside its sockets. ``trades`` are all that ever were, by coin."""

    def __init__(self, hub: Hub, clock: Clock, universe: Universe) -> None:
        self.hub, self.clock = hub, clock
        self.market = Market()
        self.market.apply(events.UniverseChanged(clock.now_ms(), universe))
        self.trades: dict[str, dict[TradeKey, Trade]] = defaultdict(dict)

    def listen(self, topics: Iterable[str]) -> None:
        """To everything that a feed asks for when these topics are wanted."""
        streams = Streams()
        streams.update(map(Topic.parse, topics), self.market.universe)
        for subscription in sorted(streams.subscriptions(), key=str):
            self.send(self.hub.join(self, stream_names.parse(_as_sent(subscription))))

    def send(self, frames: list[Frame]) -> None:
        """What the exchange calls with frames that go out together."""
        for _, _, text in frames:
            said = decode(text, self.clock.now_ms())
            if isinstance(said, Event):
                self.take(said)

    def take(self, event: Event) -> None:
        self.market.apply(event)
        if isinstance(event, events.Traded):
            self.trades[event.coin] |= {(trade.time, trade.tid): trade for trade in event.trades}


def _as_sent(subscription: Subscription) -> dict[str, object]:
    sent = msgspec.json.decode(subscription.subscribe())["subscription"]
    assert isinstance(sent, dict)
    return sent


class Account:
    """What a disturbed market owes: the same View, and a Gap for every trade that it has never heard of."""

    def __init__(self, witness: Witness, since: int, coins: Iterable[str]) -> None:
        self.witness, self.since, self.coins = witness, since, tuple(coins)
        self.gaps: list[events.Gap] = []
        self._heard: dict[str, set[TradeKey]] = defaultdict(set)

    def hear(self, event: Event) -> None:
        """What the feed said."""
        if isinstance(event, events.Traded):
            self._heard[event.coin] |= {(trade.time, trade.tid) for trade in event.trades}
        elif isinstance(event, events.Gap):
            self.gaps.append(event)

    def differences(self, market: Market) -> Iterator[str]:
        """What is owed, in words; nothing when the account is settled."""
        ours, theirs = market.view(), self.witness.market.view()
        for part in ("coins", "books", "quotes"):
            yield from _unequal(part, getattr(ours, part), getattr(theirs, part))
        if ours.universe != theirs.universe:
            yield "universe"
        for key, bars in theirs.candles.items():
            held = ours.candles.get(key, ())
            if not held or (held[0].t > self.since and len(held) < len(bars)):
                yield f"candles {key}: {len(held)} of {len(bars)}"
            elif held != tuple(bar for bar in bars if bar.t >= held[0].t):
                yield f"candles {key}: {held} is not {bars}"
        for coin in self.coins:
            yield from self._trades(coin, ours.trades.get(coin, ()))

    def _trades(self, coin: str, tape: tuple[Trade, ...]) -> Iterator[str]:
        truth, known = self.witness.trades[coin], self._heard[coin]
        for key in truth.keys() - known:
            if key[0] >= self.since and not self._is_named(coin, key[0]):
                yield f"trade {coin} {key} is missing and no gap says so"
        for key in known - truth.keys():
            if key[0] >= self.since:
                yield f"trade {coin} {key} never was"
        owed = sorted((trade for key, trade in truth.items() if key in known), key=lambda trade: trade.time)
        length = min(len(owed), TAPE_LENGTH)
        if list(tape)[-length:] != owed[-length:]:
            yield f"tape {coin} is not what was heard"

    def _is_named(self, coin: str, time: int) -> bool:
        return any(gap.stream == f"trades:{coin}" and gap.start <= time <= gap.end for gap in self.gaps)

    def unjustified(self) -> Iterator[events.Gap]:
        """Gaps of streams that nobody wanted, or in which nothing can be missing: any answer has room for it."""
        for gap in self.gaps:
            coin = gap.stream.removeprefix("trades:")
            since = [time for time, _ in self.witness.trades[coin] if gap.start <= time <= gap.received_at]
            if coin not in self.coins or (len(since) < POLLED and not self._misses(coin, gap)):
                yield gap

    def _misses(self, coin: str, gap: events.Gap) -> bool:
        missing = self.witness.trades[coin].keys() - self._heard[coin]
        return any(gap.start <= time <= gap.end for time, _ in missing)


def _unequal(part: str, ours: object, theirs: object) -> Iterator[str]:
    assert isinstance(ours, dict)
    assert isinstance(theirs, dict)
    if ours != theirs:
        for key in ours.keys() | theirs.keys():
            if ours.get(key) != theirs.get(key):
                yield f"{part} {key}: {ours.get(key)} is not {theirs.get(key)}"
