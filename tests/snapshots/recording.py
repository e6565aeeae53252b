"""A process that records, to be killed: the feed, the recorder, the back-fill and the audit, as a leader has them.

``python -m tests.snapshots.recording URL WS_URL START_MS MONOTONIC SPEED ADDRESS…``: its clock is the exchange's,
which showed START_MS when the machine's monotonic clock showed MONOTONIC.
"""

import asyncio
import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django.setup()

from exchange import account_events as said  # noqa: E402
from exchange.budget import Budget, Limits  # noqa: E402
from exchange.budget_memory import MemoryStore  # noqa: E402
from exchange.clock import FastClock  # noqa: E402
from exchange.demand import Demand  # noqa: E402
from exchange.feed import LiveFeed  # noqa: E402
from exchange.info import InfoClient  # noqa: E402
from exchange.market import Market  # noqa: E402
from exchange.wire.fills import Fill  # noqa: E402
from snapshots import audit  # noqa: E402
from snapshots.audit import TradeAudit  # noqa: E402
from snapshots.backfill import Backfill  # noqa: E402
from snapshots.record import Recorder  # noqa: E402

NO_LIMITS = Limits(weight=10**6, opens=10**4, messages=10**6, sockets=100, subscriptions=10**4, users=100)
audit.EVERY_MS = 60_000


async def listen(feed: LiveFeed, market: Market, recorder: Recorder) -> None:
    async for event in feed:
        market.apply(event)
        recorder.take(event)


async def follow(info: InfoClient, clock: FastClock, recorder: Recorder, addresses: list[str]) -> None:
    """In the tracker's place: what it would yield, again and again, with much that is known already."""
    while True:
        for address in addresses:
            fills = await asyncio.to_thread(info.call, "userFills", list[Fill], user=address)
            state = await asyncio.to_thread(info.clearinghouse_state, address)
            now = clock.now_ms()
            recorder.take(said.UserFills(now, address, fills[:50], False))
            recorder.take(said.AccountStates(now, address, [("", state)], False))
        await asyncio.sleep(0.1)


async def main(url: str, ws_url: str, start: str, at: str, speed: str, *addresses: str) -> None:
    passed = (time.monotonic() - float(at)) * float(speed)
    clock = FastClock(int(start) + round(passed * 1000), float(speed))
    budget = Budget(MemoryStore(), NO_LIMITS, clock)
    info, demand, market = InfoClient(url, budget, clock), Demand(clock), Market()
    recorder = Recorder(market, clock, ["BTC", "ETH"])
    feed = LiveFeed(ws_url, info, budget, demand, clock)
    async with asyncio.TaskGroup() as work:
        work.create_task(listen(feed, market, recorder))
        work.create_task(follow(info, clock, recorder, list(addresses)))
        work.create_task(recorder.run(lambda topics: demand.hold("recorder", topics)))
        work.create_task(Backfill(info, clock, addresses=lambda: addresses).run())
        work.create_task(TradeAudit(info, clock, recorder.coins).run())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
