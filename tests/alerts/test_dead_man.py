"""The dead man's switch at a real HTTP server: told after completed rounds of one that is well, and never else."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from accounts.models import User
from alerts.dead_man import DeadManSwitch
from alerts.models import Evaluation
from alerts.standing import BEHIND_MS, SILENT_MS
from exchange.events import Prices
from tests.alerts.rig import Rig
from tests.alerts.rows import alert, destination
from tests.alerts.test_run import hang_up, running

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["hang_up"]


class Watcher:
    """Counts who asks ``/ping``; answers with ``status``, or not at all for ``hangs`` seconds."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status, self.hangs = 200, threading.Event()
        self.hangs.set()
        watcher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                watcher.asked.append(self.path)
                watcher.hangs.wait(30)
                self.send_response(watcher.status)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping"

    def close(self) -> None:
        self.hangs.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    one = Watcher()
    yield one
    one.close()


class Telling:
    """An evaluator that runs, and its switch."""

    def __init__(self, rig: Rig, url: str) -> None:
        self.rig, self.switch = rig, DeadManSwitch(url, rig.clock)

    async def __aenter__(self) -> "Telling":
        self._running = running(self.rig)
        await self._running.__aenter__()
        self._telling = asyncio.create_task(self.switch.run(self.rig.evaluator))
        return self

    async def __aexit__(self, *raised: object) -> None:
        self._telling.cancel()
        await asyncio.gather(self._telling, return_exceptions=True)
        await self._running.__aexit__(None, None, None)

    async def seconds(self, count: int, price: int | None = 100) -> None:
        """So many seconds pass, each with a price unless there is none."""
        for _ in range(count):
            if price is not None:
                event = Prices(self.rig.clock.now_ms(), {"BTC": Decimal(price)}, {})
                self.rig.market.apply(event)
                self.rig.evaluator.take(event)
            await self.rig.clock.advance(1.0)
            await asyncio.sleep(0.02)

    async def until(self, happened, price: int = 100) -> None:
        """Let the clock run, with prices, until it has happened."""
        for _ in range(900):
            if happened():
                return
            await self.seconds(1, price)
        raise AssertionError("never")


async def test_it_is_told_once_a_minute_while_rounds_are_completed(watcher):
    rig = Rig()
    began = rig.clock.now_ms()
    async with Telling(rig, watcher.url) as telling:
        await telling.until(lambda: watcher.asked == ["/ping"])
        await telling.until(lambda: len(watcher.asked) == 3)
        assert rig.clock.now_ms() - began >= 120_000
    assert telling.switch.failures == 0


async def test_it_is_not_told_before_a_price_was_heard_nor_when_none_is_any_more(watcher):
    rig = Rig()
    async with Telling(rig, watcher.url) as telling:
        await telling.seconds(20, price=None)
        assert await Evaluation.objects.aexists()
        assert watcher.asked == []
        await telling.until(lambda: watcher.asked)
        await telling.seconds(SILENT_MS // 1000 + 2, price=None)
        count = len(watcher.asked)
        await telling.seconds(130, price=None)
        assert len(watcher.asked) == count


async def test_it_is_not_told_while_the_database_is_away(watcher):
    trouble: Exception | None = None

    def guard() -> None:
        if trouble is not None:
            raise trouble

    rig = Rig(guard)
    async with Telling(rig, watcher.url) as telling:
        await telling.until(lambda: watcher.asked)
        trouble = OperationalError("the server closed the connection unexpectedly")
        await telling.until(lambda: rig.evaluator.thread.failures)
        count = len(watcher.asked)
        await telling.seconds(130)
        assert len(watcher.asked) == count
        trouble = None
        await telling.until(lambda: len(watcher.asked) > count)


async def test_it_is_not_told_while_the_evaluator_hangs(watcher):
    rig, gate = Rig(), threading.Event()
    async with Telling(rig, watcher.url) as telling:
        await telling.until(lambda: watcher.asked)
        hanging = asyncio.create_task(rig.evaluator.thread.run(gate.wait))
        await telling.seconds(BEHIND_MS // 1000 + 2)
        count = len(watcher.asked)
        await telling.seconds(130)
        assert len(watcher.asked) == count
        gate.set()
        await hanging
        await telling.until(lambda: len(watcher.asked) > count)


async def test_an_alert_that_cannot_be_decided_is_trouble_until_it_is_changed(watcher, cast):
    quiet = {"quiet_start": time(1), "quiet_end": time(2)}
    one = await sync_to_async(lambda: alert(cast.bob, (destination(cast.bob),), **quiet))()
    await User.objects.filter(pk=cast.bob.pk).aupdate(timezone="Mars/Olympus_Mons")
    rig = Rig()
    async with Telling(rig, watcher.url) as telling:
        await telling.until(lambda: watcher.asked, price=99)
        await telling.until(lambda: rig.evaluator.failures, price=101)
        count = len(watcher.asked)
        await telling.seconds(100, price=101)
        assert len(watcher.asked) == count
        await sync_to_async(one.edit)(rig.clock.now_ms(), quiet_start=None, quiet_end=None)
        await telling.until(lambda: len(watcher.asked) > count)


async def test_one_that_answers_badly_or_not_at_all_holds_up_nothing(watcher):
    rig = Rig()
    watcher.status = 500
    async with Telling(rig, watcher.url) as telling:
        await telling.until(lambda: telling.switch.failures)
        watcher.status, count = 200, len(watcher.asked)
        watcher.hangs.clear()
        await telling.until(lambda: len(watcher.asked) > count)
        done = rig.evaluator.round_at
        await telling.until(lambda: rig.evaluator.round_at > done)
        assert telling.switch.told == 0
        watcher.hangs.set()
        await telling.until(lambda: telling.switch.told)
