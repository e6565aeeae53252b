"""What the feed costs at the full rate of mainnet, and whether it grows in an hour.

``python -m benchmarks.load``: ``manage.py feed`` as a process by itself, with a real Postgres and a real Redis,
reading the simulated mainnet. A reader of ours wants its 20 coins with book, quotes, trades, candle and header,
as 20 people on 20 pages would; the web process beside it is not measured. Two runs:

- as fast as the world is: CPU seconds of the feed a second, once it has subscribed; median over the seconds;
- an hour of the exchange's time, ``--speed`` times as fast: memory (RSS) when a third of it is over, when
  all that is kept is as full as it gets, and at the end.

Aims: at most a third of a core; at the end not 5 % more than after a third of the hour. It fails if the feed
fell silent, or the hour did not pass.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec
from channels_redis.core import RedisChannelLayer

from benchmarks.aims import Aim, below, stop_with_all, table
from benchmarks.frames_browsers import topics
from benchmarks.installation import Measured
from dashboard.groups import FEEDS, MIRRORS

COINS = 20
SETTLING_S = 10.0
HOUR_MS = 3_600_000
PATIENCE = 2.0
"""The hour may take so many times as long as it should."""
DEMAND_EVERY = 5.0
MOST_CPU, MOST_GROWN = 100 / 3, 5.0
"""Per cent of a core, and of the memory after a third of the hour."""


class Second(NamedTuple):
    """The feed at one moment: CPU seconds so far, RSS in kB, changes sent so far, the exchange's time in ms."""

    at: float
    cpu: float
    memory: float
    changes: int
    exchange_ms: int


class Reader:
    """In place of web processes: says what is wanted, and counts what comes."""

    def __init__(self, redis_url: str, coins: list[str]) -> None:
        self.layer = RedisChannelLayer(hosts=[redis_url], prefix="hyperliquid-simulated")
        self.topics = sorted({topic for coin in coins for topic in topics(coin)} - {"markets", "status"})
        self.changes = self.exchange_ms = 0

    async def want(self) -> None:
        """Go on wanting."""
        while True:
            await self.layer.group_send(FEEDS, {"type": "demand", "holder": "load", "topics": self.topics})
            await asyncio.sleep(DEMAND_EVERY)

    async def count(self) -> None:
        """Go on hearing; a book says what time it is at the exchange."""
        channel = await self.layer.new_channel()
        await self.layer.group_add(MIRRORS, channel)
        while True:
            message = await self.layer.receive(channel)
            for topic, _, _, frame in message.get("changes", ()):
                self.changes += 1
                if topic.startswith("book:"):
                    self.exchange_ms = max(self.exchange_ms, msgspec.json.decode(frame).get("time") or 0)


async def watch(site: Measured, seconds: float, exchange_ms: int) -> list[Second]:
    """Once a second, until so much of the exchange's time is over, or so many seconds."""
    feed, rows = site.feed, []
    reader = Reader(site.environment["REDIS_URL"], site.coins(COINS))
    work = [asyncio.create_task(one) for one in (reader.want(), reader.count())]
    try:
        await asyncio.sleep(SETTLING_S)
        while not rows or (
            rows[-1].at - rows[0].at < seconds and rows[-1].exchange_ms - rows[0].exchange_ms < exchange_ms
        ):
            used = feed.cpu_times()
            memory = feed.memory_info().rss / 1024
            now = time.monotonic()
            rows.append(Second(now, used.user + used.system, memory, reader.changes, reader.exchange_ms))
            await asyncio.sleep(1.0)
    finally:
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)
    if rows[-1].changes - rows[-4].changes < 3:
        raise RuntimeError("the feed fell silent")
    return rows


def run(speed: float, seconds: float, exchange_ms: int) -> list[Second]:
    """One installation from start to end."""
    with tempfile.TemporaryDirectory() as folder, Measured(Path(folder), "processes", speed, traced=False) as site:
        return asyncio.run(watch(site, seconds, exchange_ms))


def cost(seconds: float) -> Aim:
    """CPU at the world's own speed."""
    rows = run(1.0, seconds, HOUR_MS)
    shares = [(after.cpu - before.cpu) / (after.at - before.at) * 100 for before, after in pairwise(rows)]
    changes = (rows[-1].changes - rows[0].changes) / (rows[-1].at - rows[0].at)
    print(
        f"Feed at mainnet's rate: {statistics.median(shares):.1f} % of a core, {changes:.0f} changes/s sent.",
        flush=True,
    )
    return below("CPU of the feed", statistics.median(shares), MOST_CPU, "% of a core")


def growth(speed: float) -> Aim:
    """Memory over an hour."""
    rows = run(speed, PATIENCE * HOUR_MS / 1000 / speed, HOUR_MS)
    hour = rows[-1].exchange_ms - rows[0].exchange_ms
    if hour < HOUR_MS:
        raise RuntimeError(
            f"only {hour / 60_000:.0f} minutes of the exchange's time passed: choose a lower --speed"
        )
    third = next(row for row in rows if row.exchange_ms - rows[0].exchange_ms >= HOUR_MS / 3)
    used = (rows[-1].cpu - rows[0].cpu) / (rows[-1].at - rows[0].at) * 100
    print(
        f"An hour in {rows[-1].at - rows[0].at:.0f} s: {rows[0].memory / 1024:.1f} MB at first, "
        f"{third.memory / 1024:.1f} after a third, {rows[-1].memory / 1024:.1f} at the end; {used:.0f} % CPU.",
        flush=True,
    )
    grown = (rows[-1].memory / third.memory - 1) * 100
    return below("growth of the feed in an hour", grown, MOST_GROWN, "%")


def compare(seconds: float = 25.0, speed: float = 30.0) -> list[Aim]:
    """Both runs, printed; the aims."""
    return [cost(seconds), growth(speed)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=25.0, help="of the first run")
    parser.add_argument("--speed", type=float, default=30.0, help="of the hour")
    options = parser.parse_args()
    stop_with_all()
    table(compare(options.seconds, options.speed))


if __name__ == "__main__":
    main()
