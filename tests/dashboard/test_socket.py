"""Conversations of a browser with a real server, by the fast way to the socket and by the plain one."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboard import allowance, consumer
from dashboard.fanout import EVICT_AFTER
from exchange.board import merge
from exchange.topics import INTERVALS
from tests.exchange.test_board import NOW

PATIENCE_S = 60.0


class Process:
    """The server of ``board_server``, or of a module that adds to it, as a process."""

    def __init__(self, *arguments: str, module: str = "tests.dashboard.board_server", **more: str) -> None:
        alone = {"HYPERLIQUID_NETWORK": "simulated", "DATABASE_URL": "", "REDIS_URL": ""}
        environment = {**os.environ, **alone, **more}
        command = [sys.executable, "-m", module, *arguments]
        self.child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self.port = self.answer()

    def answer(self):
        return json.loads(self.child.stdout.readline())

    def tell(self, *words) -> None:
        self.child.stdin.write(json.dumps(words) + "\n")
        self.child.stdin.flush()

    def ask(self, *words):
        self.tell(*words)
        return self.answer()

    def stop(self) -> int:
        if self.child.poll() is None:
            self.child.terminate()
        return self.child.wait(PATIENCE_S)


@pytest.fixture(scope="module", params=["fast", "plain"])
def server(request):
    process = Process(request.param)
    yield process
    process.stop()


class Browser:
    """What a page does with its socket."""

    def __init__(self, socket) -> None:
        self.socket = socket
        self.rows: dict[str, dict] = {}
        self.seq: dict[str, int] = {}
        self.words: list[dict] = []

    async def say(self, **what) -> None:
        await self.socket.send(json.dumps(what))

    async def hear(self) -> dict:
        frame = json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE_S))
        topic = frame.get("topic")
        if topic is None or "rows" not in frame:
            self.words.append(frame)
        elif frame.get("full"):
            self.rows[topic] = frame["rows"]
            self.seq[topic] = frame["seq"]
        else:
            assert frame.get("after", frame["seq"] - 1) == self.seq[topic], "a hole"
            self.rows[topic] = merge(self.rows[topic], frame["rows"])
            self.seq[topic] = frame["seq"]
        return frame

    async def until(self, what, seconds: float = PATIENCE_S):
        async with asyncio.timeout(seconds):
            while not what():
                await self.hear()


@asynccontextmanager
async def browsing(server: Process, *topics: str, **options):
    options.setdefault("origin", f"http://127.0.0.1:{server.port}")
    async with connect(f"ws://127.0.0.1:{server.port}/ws", max_size=None, **options) as socket:
        browser = Browser(socket)
        await browser.hear()
        if topics:
            await browser.say(join=list(topics))
        yield browser


async def test_it_greets_with_how_to_come_back(server):
    async with browsing(server) as browser:
        hello = browser.words[0]["hello"]
        assert hello["protocol"] == 1
        assert hello["spread_ms"] >= 1000


async def test_rows_come_first_and_then_changes(server):
    async with browsing(server, "markets") as browser:
        first = await browser.hear()
        assert first["full"] is True
        server.tell("mark", "BTC", "12345.5")
        await browser.until(lambda: browser.rows["markets"]["BTC"]["mark"] == "12,345.5")
        assert browser.rows["markets"] == server.ask("fresh", "markets")


async def test_topics_of_coins_with_odd_names_work(server):
    topics = ["book:@107", "book:xyz:SP500", "trades:PURR/USDC", "candle:xyz:SP500:1m"]
    async with browsing(server, *topics) as browser:
        await browser.until(lambda: set(browser.rows) == set(topics))
        server.tell("book", "@107", NOW + 7)
        await browser.until(lambda: browser.rows["book:@107"].get("book", {}).get("time") == NOW + 7)


@pytest.mark.parametrize("topic", ["book:NOPE", "nonsense", "candle:BTC:7m", "book:", "book:btc"])
async def test_an_unknown_topic_is_an_error_and_the_socket_stays(server, topic):
    async with browsing(server, topic, "markets") as browser:
        await browser.until(lambda: "markets" in browser.rows)
        assert browser.words[-1]["topic"] == topic
        assert browser.words[-1]["error"]


async def test_what_is_left_comes_no_more(server):
    async with browsing(server, "markets", "status") as browser:
        await browser.until(lambda: len(browser.rows) == 2)
        await browser.say(leave=["markets"])
        await asyncio.sleep(0.2)
        server.tell("mark", "BTC", "777")
        seen = browser.seq["status"]
        await browser.until(lambda: browser.seq["status"] > seen + 1)
        assert browser.rows["markets"]["BTC"]["mark"] != "777.00"


async def test_each_gets_his_own_topics_of_one_message_that_changed_several(server):
    async with (
        browsing(server, "markets") as only_markets,
        browsing(server, "book:@107", "markets") as both,
        browsing(server, "book:@107") as only_book,
    ):
        for browser, count in ((only_markets, 1), (both, 2), (only_book, 1)):
            await browser.until(lambda b=browser, n=count: len(b.rows) == n)
        for turn in range(1, 6):  # told in one breath, so that both are published together
            server.tell("mark", "BTC", f"{500 + turn}")
            server.tell("book", "@107", NOW + 1000 + turn)
        for browser in (only_markets, both):
            await browser.until(lambda b=browser: b.rows["markets"]["BTC"]["mark"] == "505.00")
        for browser in (only_book, both):
            await browser.until(lambda b=browser: b.rows["book:@107"].get("book", {}).get("time") == NOW + 1005)
        assert set(only_markets.rows) == {"markets"}
        assert set(only_book.rows) == {"book:@107"}
        assert both.rows["markets"] == only_markets.rows["markets"]


async def test_joining_again_after_leaving_starts_with_the_rows(server):
    async with browsing(server, "markets") as browser:
        await browser.until(lambda: "markets" in browser.rows)
        await browser.say(leave=["markets"], join=["markets"])
        assert (await browser.hear())["full"] is True


async def test_a_topic_joined_twice_comes_once(server):
    async with browsing(server, "markets", "markets") as browser:
        await browser.until(lambda: "markets" in browser.rows)
        await browser.say(join=["markets", "status"])
        frame = await browser.hear()
        assert frame["topic"] == "status"


async def test_a_socket_may_join_only_so_many_topics(server):
    coins = ["BTC", "xyz:SP500", "@107", "PURR/USDC"]
    topics = [f"candle:{coin}:{interval}" for coin in coins for interval in INTERVALS]
    topics += [f"{kind}:{coin}" for coin in coins for kind in ("market", "book", "trades")]
    assert len(topics) > consumer.MOST_TOPICS
    async with browsing(server) as browser:
        await browser.say(join=topics)
        await browser.until(lambda: any("may join" in word.get("error", "") for word in browser.words))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("not json", consumer.NOT_UNDERSTOOD),
        ('{"jion": ["markets"]}', consumer.NOT_UNDERSTOOD),
        ('{"join": "markets"}', consumer.NOT_UNDERSTOOD),
        (json.dumps({"join": ["x" * 9000]}), consumer.TOO_BIG),
        (b"\x00binary", consumer.NOT_UNDERSTOOD),
    ],
)
async def test_nonsense_ends_the_conversation_with_a_code_that_says_why(server, text, code):
    async with browsing(server) as browser:
        await browser.socket.send(text)
        with pytest.raises(ConnectionClosed):
            await browser.until(lambda: False)
        assert browser.socket.close_code == code


async def test_chatter_ends_the_conversation(server):
    async with browsing(server) as browser:
        for _ in range(allowance.BURST + 5):
            await browser.say(join=[])
        with pytest.raises(ConnectionClosed):
            await browser.until(lambda: False)
        assert browser.socket.close_code == consumer.TOO_MANY


@pytest.mark.parametrize("origin", ["http://evil.example", None])
async def test_pages_of_other_sites_may_not_open_a_socket(server, origin):
    with pytest.raises(InvalidStatus):
        async with browsing(server, origin=origin):
            pass


async def test_compression_that_a_browser_offers_changes_nothing(server):
    async with browsing(server, "markets", compression="deflate") as browser:
        await browser.until(lambda: "markets" in browser.rows)


def reason_of(browser: Browser) -> str:
    """The text of ``grow``."""
    return browser.rows.get("status", {}).get("feed", {}).get("reason", "")


async def test_frames_of_every_length_arrive_whole(server):
    async with browsing(server, "status") as browser:
        for round_, size in enumerate((1, 80, 125, 126, 127, 900, 65_300, 65_536, 300_000)):
            text = "é" * size
            server.tell("grow", round_, text)
            await browser.until(lambda text=text: reason_of(browser) == text)
        server.tell("grow", 99, "")


async def test_a_slow_browser_gets_the_newest_rows_in_one_frame(server):
    """It stops reading while much is sent, and then finds everything, without a hole, in few frames."""
    small = socket.socket()
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32_768)
    small.connect(("127.0.0.1", server.port))
    small.setblocking(False)
    async with browsing(server, "markets", "status", max_queue=1, sock=small) as browser:
        await browser.until(lambda: len(browser.rows) == 2)
        browser.socket.transport.pause_reading()
        for round_ in range(120):
            server.tell("grow", round_, f"{round_} " + "x" * 40_000)
            server.tell("mark", "BTC", str(1000 + round_))
            await asyncio.sleep(0.02)
        browser.socket.transport.resume_reading()
        before = browser.seq["status"]
        frames = []
        async with asyncio.timeout(PATIENCE_S):
            while browser.rows["markets"]["BTC"]["n_mark"] != 1119.0 or not reason_of(browser).startswith("119 "):
                frames.append(await browser.hear())
        assert any("after" in frame for frame in frames), "nothing was conflated"
        assert len([frame for frame in frames if frame["topic"] == "status"]) < browser.seq["status"] - before
        server.tell("grow", 0, "")


async def test_one_that_stops_reading_costs_the_others_nothing_and_is_sent_away(server):
    dead = socket.create_connection(("127.0.0.1", server.port))
    dead.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    handshake = (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: http://127.0.0.1:{server.port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    dead.sendall(handshake.encode())
    await asyncio.sleep(0.3)
    join = b'{"join":["status"]}'
    dead.sendall(b"\x81" + bytes([0x80 | len(join)]) + b"\0\0\0\0" + join)
    async with browsing(server, "status") as browser:
        await browser.until(lambda: "status" in browser.rows)
        base = server.ask("stats")
        loop = asyncio.get_running_loop()
        end, round_, worst = loop.time() + PATIENCE_S, 0, 0.0
        while server.ask("stats")["evicted"] == base["evicted"] and loop.time() < end:
            round_ += 1
            began = loop.time()
            server.tell("grow", round_, f"{round_} " + "x" * 20_000)
            await browser.until(lambda start=f"{round_} ": reason_of(browser).startswith(start))
            worst = max(worst, loop.time() - began)
            await asyncio.sleep(0.05)
        after = server.ask("stats")
        assert after["evicted"] == base["evicted"] + 1
        assert after["memory"] - base["memory"] < 4096, "kB, of which the browser may cost 1024"
        assert worst < EVICT_AFTER / 2, "they waited for it"
        server.tell("grow", 0, "")
    dead.close()


async def test_browsers_that_vanish_are_forgotten(server):
    before = server.ask("stats")["browsers"]
    for _ in range(5):
        async with browsing(server, "markets") as browser:
            browser.socket.transport.abort()
    async with asyncio.timeout(PATIENCE_S):
        while server.ask("stats")["browsers"] > before:
            await asyncio.sleep(0.05)


async def test_a_silent_feed_is_said_by_the_web_process():
    process = Process("fast")
    try:
        async with browsing(process, "status") as browser:
            await browser.until(lambda: browser.seq.get("status", 0) > 1)
            process.tell("silence")
            await browser.until(lambda: any((word.get("feed_age") or 0) > 2000 for word in browser.words))
    finally:
        process.stop()


@pytest.mark.parametrize("way", ["fast", "plain"])
async def test_at_the_end_everybody_is_told_to_come_back(way):
    process = Process(way)
    async with browsing(process, "markets") as browser:
        await browser.until(lambda: "markets" in browser.rows)
        process.child.terminate()
        with pytest.raises(ConnectionClosed):
            await browser.until(lambda: False)
    assert browser.socket.close_code == {"fast": 1012, "plain": 4012}[way]
    assert await asyncio.to_thread(process.child.wait, PATIENCE_S) == 0
