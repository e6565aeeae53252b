"""Several processes: one feed leads, another takes over, and whatever is restarted, the pages go on."""

import asyncio
import os
import signal
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.dashboard.cluster import PATIENCE_S, Cluster
from tests.dashboard.test_socket import Browser

TOPICS = ("markets", "status", "market:BTC", "book:BTC", "trades:BTC", "candle:BTC:1m")
TAKES_OVER_WITHIN_S = 5.0

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, postgres_url) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster"), postgres_url) as cluster:
        yield cluster


class Page(Browser):
    """A browser that also notes the epochs it is told, and how far the book has come."""

    def __init__(self, socket, cluster: Cluster) -> None:
        super().__init__(socket)
        self.cluster = cluster
        self.epochs: dict[str, list[int]] = {topic: [] for topic in TOPICS}
        self.joined: dict[str, tuple[int, int]] = {}
        self.held: dict[tuple[str, int, int], dict] = {}

    async def hear(self) -> dict:
        frame = await super().hear()
        if "rows" in frame and (told := self.epochs[frame["topic"]])[-1:] != [frame["epoch"]]:
            told.append(frame["epoch"])
        if "rows" in frame:
            at = frame["epoch"], frame["seq"]
            self.joined.setdefault(frame["topic"], at)
            self.held[frame["topic"], *at] = self.rows[frame["topic"]]
        return frame

    async def agrees_with(self, other: "Page") -> None:
        """Where the other page joined, this one, which has heard every change, held the same rows."""
        for topic, at in other.joined.items():
            await self.until(lambda topic=topic, at=at: (topic, *at) in self.held, PATIENCE_S)
            assert self.held[topic, *at] == other.held[topic, *at], topic

    def time(self) -> int:
        return self.rows.get("book:BTC", {}).get("book", {}).get("time", 0)

    async def moves(self, epoch: int = 0) -> None:
        """Until each topic has come, from this leader or a later one, and the book goes on from there."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while any((self.epochs[topic] or [-1])[-1] < epoch for topic in TOPICS) or not self.time():
                    await self.hear()
                begun = self.time()
                while self.time() <= begun:
                    await self.hear()
        except TimeoutError:
            pytest.fail(f"nothing moves: {self.epochs} {self.rows.get('status')} {self.cluster.words()}")


@asynccontextmanager
async def page(cluster: Cluster) -> AsyncIterator[Page]:
    """A page's socket, opened as soon as there is somebody to open it."""
    address = f"ws://127.0.0.1:{cluster.port}/ws"
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                socket = await connect(address, origin=cluster.url, max_size=None, max_queue=None)
                break
            except (OSError, InvalidHandshake):
                await asyncio.sleep(0.1)
    async with socket:
        page = Page(socket, cluster)
        await page.say(join=list(TOPICS))
        yield page


async def read(cluster: Cluster) -> bytes:
    def get() -> bytes:
        with urllib.request.urlopen(f"{cluster.url}/markets/", timeout=PATIENCE_S) as answer:
            return answer.read()

    return await asyncio.to_thread(get)


async def in_thread(work, *arguments):
    return await asyncio.to_thread(work, *arguments)


async def replace_feed(cluster: Cluster, old) -> None:
    cluster.feeds.remove(old)
    cluster.feeds.append(cluster.start_feed())


async def test_when_the_leader_is_killed_a_standby_takes_over_and_the_rows_go_on(cluster: Cluster) -> None:
    leader = await in_thread(cluster.leader)
    async with page(cluster) as browser:
        epoch = cluster.lease()[0]
        await browser.moves(epoch)
        leader.kill()
        seconds = await in_thread(cluster.until, lambda: cluster.lease()[0] > epoch, "new leader")
        assert seconds < TAKES_OVER_WITHIN_S
        await browser.moves(epoch + 1)
        for told in browser.epochs.values():
            assert told == sorted(told)
        async with page(cluster) as other:
            await other.moves(epoch + 1)
            await browser.agrees_with(other)
    leader.wait()
    await replace_feed(cluster, leader)


async def test_a_leader_that_was_stopped_and_wakes_up_is_not_listened_to(cluster: Cluster) -> None:
    leader = await in_thread(cluster.leader)
    async with page(cluster) as browser:
        epoch = cluster.lease()[0]
        await browser.moves(epoch)
        os.kill(leader.pid, signal.SIGSTOP)
        try:
            await in_thread(cluster.until, lambda: cluster.lease()[0] > epoch, "new leader")
            await browser.moves(epoch + 1)
        finally:
            os.kill(leader.pid, signal.SIGCONT)
        for _ in range(3):
            await browser.moves(epoch + 1)
        await in_thread(cluster.until, lambda: "leading no more" in cluster.words(), "end of the old leader")
        await browser.moves(epoch + 1)
        assert cluster.lease()[1] != leader.pid
        for topic, told in browser.epochs.items():
            assert told == sorted(told), topic
    assert leader.poll() is None, "it stands by again"
    async with page(cluster) as browser:
        await browser.moves(epoch + 1)
        assert all(told == [cluster.lease()[0]] for told in browser.epochs.values())


async def test_redis_may_restart_and_lose_everything_while_pages_are_open(cluster: Cluster) -> None:
    await in_thread(cluster.leader)
    async with page(cluster) as browser:
        await browser.moves()
        await in_thread(cluster.redis.stop)
        assert b"BTC" in await read(cluster)
        for _ in range(10):
            await browser.hear()  # the socket stays, and says how old everything is
        await in_thread(cluster.redis.start)
        await browser.moves()
        assert b"BTC" in await read(cluster)
        async with page(cluster) as other:
            await other.moves()
            await browser.agrees_with(other)


async def test_feeds_and_web_may_restart_in_any_order(cluster: Cluster) -> None:
    await in_thread(cluster.leader)
    async with page(cluster) as browser:
        await browser.moves()
        await in_thread(cluster.end, cluster.web)
        with pytest.raises(ConnectionClosed):
            await browser.until(lambda: False, PATIENCE_S)
    cluster.start_web()
    async with page(cluster) as browser:
        await browser.moves()
        epoch = cluster.lease()[0]
        for feed in list(cluster.feeds):
            await in_thread(cluster.end, feed)
        await in_thread(cluster.end, cluster.web)
    cluster.start_web()
    async with page(cluster) as browser:
        await browser.until(lambda: "markets" in browser.rows, PATIENCE_S)  # from before, without any feed
        assert b"BTC" in await read(cluster)
        cluster.feeds = [cluster.start_feed(), cluster.start_feed()]
        await browser.moves(epoch + 1)
