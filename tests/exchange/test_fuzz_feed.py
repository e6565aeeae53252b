"""Random and mutated frames through all that a feed does with them: its ear, its Market, the Board's rows.

No socket is needed: the frames are handed to the feed as its connection would hand them on.
"""

import logging
from collections import Counter

import msgspec
import pytest

from exchange.board import Board
from exchange.budget import Budget
from exchange.budget_memory import MemoryStore
from exchange.clock import ManualClock
from exchange.decode import decode
from exchange.demand import Demand
from exchange.errors import BadFrame
from exchange.feed import LiveFeed
from exchange.info import InfoClient
from exchange.market import Market
from exchange.session import Session
from exchange.simulator import stream_names
from exchange.simulator.faults import Frame
from exchange.simulator.profile import SMALL
from exchange.simulator.stream_hub import Hub
from exchange.simulator.world import START_MS, World
from exchange.topics import Topic
from exchange.universe import Universe
from exchange.wire.market import Meta, SpotMeta
from tests.exchange.fuzz_frames import COUNT, SEED, mutated

COINS = ("BTC", "ETH", "SOL", "xyz:GOLD", "@107")
TOPICS = ["markets", *(f"{kind}:{coin}" for kind in ("market", "book", "trades") for coin in COINS)]
TOPICS += [f"candle:{coin}:{interval}" for coin in COINS for interval in ("1m", "1h")]
TOGETHER = 100
"""Frames of one read of the socket, after which the Board is collected."""


class Ears:
    """A member of the simulated exchange's streams that keeps what it gets."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    def send(self, frames: list[Frame]) -> None:
        self.frames += [text for _, _, text in frames]


def names_of(world: World) -> Universe:
    metas = msgspec.convert(world.info({"type": "allPerpMetas"}), list[Meta], strict=False)
    spot = msgspec.convert(world.info({"type": "spotMeta"}), SpotMeta, strict=False)
    return Universe.build(zip(world.dexes(), metas, strict=True), spot)


class Fed:
    """A feed that was never connected, with a Market and its Board."""

    def __init__(self, universe: Universe) -> None:
        self.clock = ManualClock(START_MS)
        budget, demand = Budget(MemoryStore(), None, self.clock), Demand(self.clock)
        self.feed = LiveFeed("ws://127.0.0.1:9", InfoClient("http://127.0.0.1:9"), budget, demand, self.clock)
        self.session, self.market = Session("market-1", 0.0), Market()
        self.board = Board(self.market, self.clock, "simulated")
        self.feed._yield(self.feed.ear.learn(universe))
        self.feed.ear.follow(map(Topic.parse, TOPICS), 0.0)
        self.board.hold(TOPICS)

    def take(self, frames: list[bytes]) -> None:
        """As when they come over the socket."""
        self.feed._on_frames(self.session, frames)
        while self.feed._frames:
            self.feed._hear(*self.feed._frames.popleft())
        while self.feed._ready:
            self.market.apply(self.feed._ready.popleft())


def heard(world: World) -> list[bytes]:
    """What a feed hears of a simulated exchange in a few seconds."""
    hub, ears = Hub(world, SEED), Ears()
    fed = Fed(names_of(world))
    for subscription in sorted(fed.feed.streams.subscriptions(), key=str):
        sent = msgspec.json.decode(subscription.subscribe())["subscription"]
        ears.send(hub.join(ears, stream_names.parse(sent)))
    for outbox in hub.step(START_MS + 15_000):
        ears.send([frame for frames in outbox.values() for frame in frames])
    return [frame for frame in ears.frames if len(frame) < 20_000]


def bad(frames: list[bytes]) -> Counter[str]:
    kinds = Counter[str]()
    for frame in frames:
        try:
            decode(frame, START_MS)
        except BadFrame as error:
            kinds[error.kind] += 1
    return kinds


@pytest.mark.timeout(3600)
def test_fuzz_each_bad_frame_is_counted_logged_once_per_kind_and_the_rows_stay_true(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(profile=SMALL)
    right = heard(world)
    fed, kinds, together, rows = Fed(names_of(world)), Counter[str](), [], {}
    for raw in mutated(COUNT, SEED + 1, right):
        together.append(raw)
        if len(together) == TOGETHER:
            kinds += bad(together)
            fed.take(together)
            rows |= {change.topic: change.seq for change in fed.board.collect()}
            together = []
    assert fed.feed.report()["bad_frames"] == kinds
    lines = (record.getMessage() for record in caplog.records if record.name == "exchange.hearing")
    logged = Counter(line.partition("unreadable ")[2].partition(" frame")[0] for line in lines)
    assert logged == dict.fromkeys(kinds, 1)
    assert not [record for record in caplog.records if record.levelno > logging.WARNING]
    assert set(rows) >= {"markets", "status", "book:BTC", "trades:BTC", "candle:BTC:1m", "market:BTC"}
    fed.board.collect()
    for topic in fed.board.topics:
        full = fed.board.full(topic)
        assert full is not None
        assert msgspec.json.decode(full.frame)["rows"] == msgspec.json.decode(
            msgspec.json.encode(fed.board.fresh(topic))
        )
