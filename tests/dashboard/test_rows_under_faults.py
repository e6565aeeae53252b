"""Rows at join and later changes are the fresh rows, for every kind of topic, whatever is lost on the way.

A simulated exchange fills the Market of a leader; its frames go over a channel layer that loses, repeats
and delays messages and is away at times; leaders change, and one that was replaced talks on; one browser
reads well, another stops reading now and then. When all is calm, both hold what the Board would say anew.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import msgspec
import pytest
from channels.layers import InMemoryChannelLayer
from django.core.cache import caches

from dashboard import lines
from dashboard.consumer import socket_application
from dashboard.fanout import Fanout
from dashboard.groups import MIRRORS
from dashboard.mirror import Mirror
from dashboard.publish import Publisher
from exchange.board import Board, merge
from exchange.budget import Budget
from exchange.budget_memory import MemoryStore
from exchange.clock import FastClock, SystemClock
from exchange.demand import Demand
from exchange.feed import LiveFeed
from exchange.feed_settings import FeedSettings
from exchange.info import InfoClient
from exchange.market import Market
from exchange.rows import STATUS_KEY
from exchange.simulator.cast import TRADER
from exchange.simulator.profile import SMALL
from exchange.simulator.server import SimulatedExchange
from exchange.simulator.world import START_MS, World
from exchange.topics import KINDS_ALONE, KINDS_OF_COIN, Topic
from exchange.tracker import AccountTracker

pytestmark = pytest.mark.slow

ACCOUNT = f"account:{TRADER}"
TOPICS = ("markets", "status", "market:BTC", "book:BTC", "trades:BTC", "candle:BTC:1m", "trades:@107", ACCOUNT)
SPEED = 10.0
PATIENCE_S = 100.0
OFTEN_CHANGED = ("now", "lag", "api_latency")
"""Fields of the status that are others by the time somebody asks."""


async def everybody(sessions, addresses):
    """Who may see which account is another test's affair."""
    return {(session, address) for session in sessions for address in addresses}


class Unruly(InMemoryChannelLayer):
    """What goes to mirrors may be lost, come twice or late; while ``away`` it raises, as without Redis."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.draw, self.unruly, self.away = Random(f"layer/{seed}"), True, False
        self.late: list[dict] = []

    async def group_send(self, group, message):
        if self.away:
            raise ConnectionError("the layer is away")
        if group != MIRRORS or not self.unruly:
            await super().group_send(group, message)
            return
        fate = self.draw.choice(("lost", "twice", "late", *["as it is"] * 7))
        waiting, self.late = self.late, []
        if fate == "late":
            self.late = [message]
        for one in [message] * {"lost": 0, "late": 0, "twice": 2}.get(fate, 1) + waiting:
            await super().group_send(group, one)


class Leader:
    """A feed that leads: it reads the exchange and publishes what it knows."""

    def __init__(self, exchange: SimulatedExchange, layer: Unruly, epoch: int) -> None:
        clock = SystemClock()
        self.market, self.demand = Market(), Demand(clock)
        budget = Budget(MemoryStore(), None, exchange.clock)
        info = InfoClient(exchange.url, budget, exchange.clock)
        settings = FeedSettings(seed=epoch)
        self.feed = LiveFeed(exchange.ws_url, info, budget, self.demand, exchange.clock, settings)
        self.tracker = AccountTracker(exchange.ws_url, info, budget, exchange.clock, settings)
        self.tracker.follow({TRADER: "user"})
        self.board = Board(self.market, clock, "simulated", epoch, self.tracker.views)
        publisher = Publisher(self.board, self.demand, layer, caches["default"], clock)
        work = (publisher.run(), publisher.listen(), self.read(), self.track())
        self.tasks = [asyncio.create_task(one) for one in work]

    async def read(self) -> None:
        async for event in self.feed:
            self.market.apply(event)

    async def track(self) -> None:
        async for _ in self.tracker:
            pass

    async def stop_reading(self) -> None:
        """From now on its market and its accounts stand still."""
        for heard, task in ((self.feed, self.tasks[2]), (self.tracker, self.tasks[3])):
            await heard.aclose()
            await task

    async def end(self) -> None:
        await self.feed.aclose()
        await self.tracker.aclose()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


class Reader:
    """A browser at its end of the socket; ``reads`` can be cleared, and then it takes nothing."""

    def __init__(self, fanout: Fanout) -> None:
        self.rows: dict[str, dict] = {}
        self.at: dict[str, tuple[int, int]] = {}
        self.conflated = 0
        self.reads = asyncio.Event()
        self.reads.set()
        self.says: asyncio.Queue[dict] = asyncio.Queue()
        self.says.put_nowait({"type": "websocket.connect"})
        self.says.put_nowait({"type": "websocket.receive", "text": msgspec.json.encode({"join": TOPICS}).decode()})
        self.socket = asyncio.create_task(socket_application(fanout, everybody)({}, self.says.get, self.hear))
        self.wrong = ""

    async def hear(self, event: dict) -> None:
        await self.reads.wait()
        frame = msgspec.json.decode(event["text"]) if "text" in event else {}
        if "rows" not in frame:
            return
        topic, at = frame["topic"], (frame["epoch"], frame["seq"])
        if frame.get("full"):
            self.rows[topic] = frame["rows"]
        else:
            after = (frame["epoch"], frame.get("after", frame["seq"] - 1))
            if self.at.get(topic) != after:
                self.wrong = self.wrong or f"{topic} stands at {self.at.get(topic)} and got {at} after {after}"
            self.conflated += "after" in frame
            self.rows[topic] = merge(self.rows[topic], frame["rows"])
        if at < self.at.get(topic, (0, 0)):
            self.wrong = self.wrong or f"{topic} went back from {self.at[topic]} to {at}"
        self.at[topic] = at

    async def close(self) -> None:
        self.says.put_nowait({"type": "websocket.disconnect"})
        self.reads.set()
        await self.socket


class Stage:
    """All of it. ``leader`` is the present one."""

    def __init__(self, seed: int, exchange: SimulatedExchange) -> None:
        self.draw, self.exchange, self.layer = Random(f"stage/{seed}"), exchange, Unruly(seed)
        self.mirror, self.epoch = Mirror(), 0
        self.fanout = Fanout(self.mirror)
        self.leaders: list[Leader] = []

    @property
    def leader(self) -> Leader:
        return self.leaders[-1]

    async def lead(self) -> None:
        """A new leader; the one before it does not know yet that it is none."""
        self.epoch += 1
        self.leaders.append(Leader(self.exchange, self.layer, self.epoch))
        for old in self.leaders[:-2]:
            await old.end()

    async def be_away(self) -> None:
        """Redis restarts, and has forgotten all."""
        self.layer.away = True
        await asyncio.sleep(self.draw.uniform(0.05, 0.3))
        caches["default"].clear()
        self.layer.away = False

    async def stop_reading(self, reader: Reader) -> None:
        reader.reads.clear()
        await asyncio.sleep(self.draw.uniform(0.3, 1.5))
        reader.reads.set()

    def owed(self, reader: Reader) -> str:
        """The first topic in which a browser differs from the Board, or nothing."""
        board = self.leader.board
        for topic in TOPICS:
            if topic not in board.topics:
                return f"{topic} is not published"
            fresh = msgspec.json.decode(msgspec.json.encode(board.fresh(topic)))
            if _lasting(topic, reader.rows.get(topic)) != _lasting(topic, fresh) or not fresh:
                held = str(reader.rows.get(topic))[:300]
                return f"{topic} at {reader.at.get(topic)}: {held} is not {str(fresh)[:300]}"
        return ""


def _lasting(topic: str, rows: dict | None) -> dict | None:
    if topic != "status" or rows is None or STATUS_KEY not in rows:
        return rows
    return rows | {STATUS_KEY: {key: value for key, value in rows[STATUS_KEY].items() if key not in OFTEN_CHANGED}}


@asynccontextmanager
async def staged(seed: int) -> AsyncIterator[Stage]:
    caches["default"].clear()
    async with SimulatedExchange(World(seed, profile=SMALL), FastClock(START_MS, SPEED)) as exchange:
        stage = Stage(seed, exchange)
        await stage.mirror.start(stage.layer, caches["default"])
        fanning = asyncio.create_task(stage.fanout.run())
        await stage.lead()
        try:
            yield stage
        finally:
            for leader in stage.leaders:
                await leader.end()
            fanning.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await fanning
            await stage.mirror.stop()


def test_topics_of_every_kind_are_tried():
    """But ``changes``, which has rows only while an alert looks at them (test_alerting.py)."""
    tried = {Topic.parse(topic).kind for topic in TOPICS}
    assert tried == {*KINDS_ALONE, *KINDS_OF_COIN, "account"} - {"changes"}


@pytest.mark.parametrize("seed", range(6))
async def test_browsers_hold_the_fresh_rows_of_every_topic_when_all_is_calm_again(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "FULL", 2_000)  # so that one who does not read for a second is behind
    async with staged(seed) as stage:
        well, slow = Reader(stage.fanout), Reader(stage.fanout)
        troubles = [stage.lead, stage.be_away, lambda: stage.stop_reading(slow), lambda: asyncio.sleep(0.5)]
        for trouble in [troubles[2], *stage.draw.choices(troubles, k=6)]:
            await asyncio.sleep(stage.draw.uniform(0.1, 0.6))
            await trouble()
        stage.layer.unruly = False
        await until(lambda: all(stage.leader.board.fresh(t) for t in TOPICS if t in stage.leader.board.topics))
        await until(lambda: set(TOPICS) <= stage.leader.board.topics and len(stage.leader.market.trades) == 2)
        await stage.leader.stop_reading()
        for reader in (well, slow):
            await until(lambda reader=reader: not stage.owed(reader), lambda reader=reader: stage.owed(reader))
            assert not reader.wrong
        assert slow.conflated
        await well.close()
        await slow.close()


async def until(happened, why=lambda: "") -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not happened():
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(why() or "it did not happen")
