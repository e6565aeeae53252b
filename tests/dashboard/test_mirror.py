"""A mirror holds what the Board published, whatever messages were lost on the way."""

import asyncio
from contextlib import asynccontextmanager
from decimal import Decimal

import msgspec
import pytest
from channels.layers import InMemoryChannelLayer
from django.core.cache import caches

from dashboard.groups import MIRRORS, cache_key
from dashboard.mirror import Mirror
from dashboard.publish import Publisher
from exchange import events
from exchange.board import Board
from exchange.clock import SystemClock
from exchange.demand import Demand
from exchange.market import Market
from tests.exchange.board_events import universe
from tests.exchange.test_board import NOW, book, traded


class Lossy(InMemoryChannelLayer):
    """A layer that can lose what goes to mirrors, as a full Redis channel does, or be away altogether."""

    loses = False
    away = False

    async def group_send(self, group, message):
        if self.away:
            raise ConnectionError("the layer is away")
        if not (self.loses and group == MIRRORS):
            await super().group_send(group, message)


class Stage:
    """A market that is published, and mirrors of it."""

    def __init__(self, epoch: int = 1) -> None:
        self.layer, self.cache = Lossy(), caches["default"]
        self.cache.clear()
        self.clock = SystemClock()
        self.tasks: list[asyncio.Task] = []
        self.lead(epoch)

    def lead(self, epoch: int) -> None:
        """A new leader, which knows nothing of the one before."""
        for task in self.tasks:
            task.cancel()
        self.market = Market()
        self.market.apply(events.UniverseChanged(NOW, universe()))
        self.board = Board(self.market, self.clock, "simulated", epoch)
        self.publisher = Publisher(self.board, Demand(self.clock), self.layer, self.cache, self.clock)
        self.tasks = [asyncio.create_task(self.publisher.run()), asyncio.create_task(self.publisher.listen())]

    def mark(self, price: int) -> None:
        self.market.apply(events.Prices(NOW, {"BTC": Decimal(price)}, {}))

    def agrees(self, mirror: Mirror, topic: str) -> bool:
        snapshot = mirror.snapshot(topic)
        fresh = (
            msgspec.json.decode(msgspec.json.encode(self.board.fresh(topic)))
            if topic in self.board.topics
            else None
        )
        return snapshot is not None and snapshot.epoch == self.board.epoch and dict(snapshot.rows) == fresh


@asynccontextmanager
async def mirrored(stage: Stage):
    mirror = Mirror()
    await mirror.start(stage.layer, stage.cache)
    try:
        yield mirror
    finally:
        await mirror.stop()


@pytest.fixture
async def stage():
    stage = Stage()
    yield stage
    for task in stage.tasks:
        task.cancel()
    await asyncio.gather(*stage.tasks, return_exceptions=True)


async def until(what, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.005)


async def test_it_follows_the_board(stage):
    async with mirrored(stage) as mirror:
        for price in range(100, 120):
            stage.mark(price)
            await asyncio.sleep(0.01)
        await until(lambda: stage.agrees(mirror, "markets"))
        assert mirror.snapshot("markets").rows["BTC"]["mark"] == "119.00"


async def test_a_late_one_starts_from_the_cache_even_without_a_feed(stage):
    stage.mark(100)
    await until(lambda: b"100.00" in stage.cache.get(cache_key("markets"), b""))
    for task in stage.tasks:
        task.cancel()
    async with mirrored(stage) as mirror:
        await until(lambda: mirror.snapshot("markets"))
        assert mirror.snapshot("markets").rows["BTC"]["mark"] == "100.00"
        assert mirror.status()["age"] is None, "the feed has not spoken"


async def test_a_hole_is_healed(stage):
    async with mirrored(stage) as mirror:
        stage.mark(100)
        await until(lambda: stage.agrees(mirror, "markets"))
        stage.layer.loses = True
        stage.mark(101)
        await asyncio.sleep(0.1)
        stage.layer.loses = False
        assert not stage.agrees(mirror, "markets")
        stage.mark(102)
        await until(lambda: stage.agrees(mirror, "markets"))


async def test_a_lost_last_frame_is_noticed_without_a_later_one(stage):
    async with mirrored(stage) as mirror:
        await mirror.hold("trades:BTC", "me")
        await until(lambda: stage.agrees(mirror, "trades:BTC"))
        stage.layer.loses = True
        stage.market.apply(traded("BTC", NOW))
        await asyncio.sleep(0.1)
        stage.layer.loses = False
        await until(lambda: stage.agrees(mirror, "trades:BTC") and mirror.snapshot("trades:BTC").rows)


async def test_listeners_get_an_unbroken_chain(stage):
    async with mirrored(stage) as mirror:
        applied = []
        mirror.listeners.append(applied.extend)
        for round_ in range(6):
            stage.layer.loses = round_ % 2 == 1
            stage.mark(100 + round_)
            await asyncio.sleep(0.05)
        stage.layer.loses = False
        stage.mark(200)
        await until(lambda: stage.agrees(mirror, "markets"))
        chain = [one for one in applied if one.after.topic == "markets"]
        for one in chain:
            frame = msgspec.json.decode(one.frame)
            assert frame.get("full") or frame["seq"] == one.before.seq + 1
        assert [b.before for b in chain[1:]] == [a.after for a in chain[:-1]]


async def test_it_asks_for_what_is_held_and_lets_go(stage):
    async with mirrored(stage) as mirror:
        await mirror.hold("book:BTC", "me")
        await until(lambda: "book:BTC" in stage.board.topics)
        stage.market.apply(book("BTC", NOW))
        await until(lambda: mirror.snapshot("book:BTC") and mirror.snapshot("book:BTC").rows)
        await mirror.release("book:BTC", "me")
        assert mirror.snapshot("book:BTC") is None
        await until(lambda: not any(stage.publisher.demand.readers(t) for t in stage.publisher.demand.wanted()))


async def test_markets_and_status_stay_without_a_holder(stage):
    async with mirrored(stage) as mirror:
        await mirror.hold("markets", "me")
        await mirror.release("markets", "me")
        await until(lambda: stage.agrees(mirror, "markets"))


async def test_a_page_waits_for_the_first_rows(stage):
    async with mirrored(stage) as mirror:
        asyncio.get_running_loop().call_later(0.2, lambda: stage.market.apply(book("BTC", NOW)))
        snapshot = await mirror.wait("book:BTC", 60.0)
        assert snapshot.rows["book"]["time"] == NOW
        assert snapshot.time == NOW


async def test_a_page_does_not_wait_for_ever(stage):
    async with mirrored(stage) as mirror:
        snapshot = await mirror.wait("book:BTC", 0.2)
        assert snapshot is None or not snapshot.rows


async def test_a_new_leader_overrules_the_old_one_and_learns_the_demand(stage):
    async with mirrored(stage) as mirror:
        await mirror.hold("book:BTC", "me")
        stage.mark(100)
        await until(lambda: stage.agrees(mirror, "markets"))
        old = stage.board
        stage.lead(epoch=2)
        stage.mark(50)
        await until(lambda: stage.agrees(mirror, "markets") and "book:BTC" in stage.board.topics)
        late = [[change.topic, change.seq, change.full, change.frame] for change in [old.full("markets")]]
        mirror.take({"type": "board.changes", "epoch": 1, "changes": late})
        assert mirror.snapshot("markets").rows["BTC"]["mark"] == "50.000"


async def test_a_leader_that_was_replaced_does_not_make_the_feed_look_alive(stage):
    async with mirrored(stage) as mirror:
        stage.lead(epoch=2)
        await until(lambda: stage.agrees(mirror, "markets") and mirror.status()["feed"]["epoch"] == 2)
        for task in stage.tasks:
            task.cancel()
        await asyncio.sleep(0.2)
        old = Board(stage.market, stage.clock, "simulated", 1)
        changes = [[change.topic, change.seq, change.full, change.frame] for change in old.collect()]
        mirror.take({"type": "board.changes", "epoch": 1, "changes": changes, "standing": {"markets": 10**6}})
        assert mirror.status()["age"] >= 200
        assert not mirror.replicas["markets"].is_broken


async def test_it_serves_from_memory_while_the_layer_is_away_and_recovers(stage):
    async with mirrored(stage) as mirror:
        stage.mark(100)
        await until(lambda: stage.agrees(mirror, "markets"))
        stage.layer.away = True
        stage.mark(101)
        await asyncio.sleep(0.1)
        assert mirror.snapshot("markets").rows["BTC"]["mark"] == "100.00"
        stage.layer.away = False
        await until(lambda: stage.agrees(mirror, "markets"))


async def test_it_says_how_long_the_feed_has_been_silent(stage):
    async with mirrored(stage) as mirror:
        await until(lambda: mirror.status()["feed"] and mirror.status()["age"] is not None)
        assert mirror.status()["feed"]["simulated"] is True
        for task in stage.tasks:
            task.cancel()
        await asyncio.sleep(0.2)
        assert mirror.status()["age"] >= 200


async def test_snapshots_once_handed_out_never_change(stage):
    async with mirrored(stage) as mirror:
        stage.mark(100)
        await until(lambda: stage.agrees(mirror, "markets"))
        held = mirror.snapshot("markets")
        stage.mark(101)
        await until(lambda: mirror.snapshot("markets") is not held)
        assert held.rows["BTC"]["mark"] == "100.00"
