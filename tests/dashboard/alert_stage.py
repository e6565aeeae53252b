"""A leader that evaluates alerts: a simulated exchange, a feed on its sockets, the test's database."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import InMemoryChannelLayer
from django.core.cache import caches
from django.db import connection

from alerts.models import Alert
from alerts.rule import ABOVE, BELOW
from dashboard.alerting import Alerting
from dashboard.feedrunner import FeedRunner
from exchange.budget import Budget, Limits
from exchange.budget_memory import MemoryStore
from exchange.clock import SystemClock
from exchange.events import Prices
from exchange.feed import LiveFeed
from exchange.info import InfoClient
from exchange.simulator.server import SimulatedExchange
from exchange.tracker import AccountTracker
from tests.exchange.simulator import worlds

PATIENCE_S = 90.0


class AlertStage:
    """``runner`` leads; ``until`` waits for something in the database or in memory."""

    def __init__(self, exchange: SimulatedExchange) -> None:
        clock = SystemClock()
        self.exchange, self.clock = exchange, clock
        self.budget = Budget(MemoryStore(), Limits(weight=100_000), clock)
        info = InfoClient(exchange.url, self.budget, clock)
        self.alerts_info = InfoClient(exchange.url, self.budget, clock, (1.0, 2.0), tries=1, patience=1.0)
        self.runner = FeedRunner(
            lambda demand, clock: LiveFeed(exchange.ws_url, info, self.budget, demand, clock),
            None, "simulated", InMemoryChannelLayer(), caches["default"], clock,
            lambda clock: AccountTracker(exchange.ws_url, info, self.budget, clock),
            None,
            lambda market, demand, clock, leads: Alerting(market, demand, self.alerts_info, clock, leads),
        )  # fmt: skip
        self.marks: dict[str, list[tuple[int, Decimal]]] = {}
        self.runner.takers.append(self._note)

    def start(self) -> None:
        """Lead."""
        self.running = asyncio.create_task(self.runner.run())

    @property
    def alerting(self) -> Alerting:
        assert self.runner.alerting is not None
        return self.runner.alerting

    def mark(self, coin: str = "BTC") -> Decimal:
        """The newest that the leader has heard."""
        return self.marks[coin][-1][1]

    async def live(self) -> None:
        """Until alerts are evaluated on living prices."""
        await self.until(lambda: self.runner.alerting and self.runner.alerting.is_live and "BTC" in self.marks)

    async def until(self, happened: Callable[..., Any], *arguments: Any) -> None:
        """Wait; a question to the database is asked in a thread."""
        async with asyncio.timeout(PATIENCE_S):
            while not await sync_to_async(happened)(*arguments):
                await asyncio.sleep(0.05)

    def _note(self, event: object) -> None:
        if isinstance(event, Prices):
            for coin, mark in event.marks.items():
                self.marks.setdefault(coin, []).append((event.received_at, mark))


def near(mark: Decimal, part: str = "0.00002") -> list[dict[str, Any]]:
    """Rules on both sides of the price, so near that it is crossed within seconds."""
    return [
        {"side": ABOVE, "threshold": mark * (1 + Decimal(part))},
        {"side": BELOW, "threshold": mark * (1 - Decimal(part))},
    ]


def noted(*alerts: Alert) -> bool:
    """Whether the evaluator watches these as they are."""
    return all(Alert.objects.filter(pk=one.pk, seen_version=one.version).exists() for one in alerts)


@asynccontextmanager
async def evaluating(run: bool = True):
    """A stage whose runner runs, or will be told to ``start``; it must not have failed."""
    caches["default"].clear()
    clock = SystemClock()
    async with SimulatedExchange(worlds.small(start_ms=clock.now_ms()), clock) as exchange:
        stage = AlertStage(exchange)
        if run:
            stage.start()
        try:
            yield stage
        finally:
            stage.running.cancel()
            await asyncio.gather(stage.running, return_exceptions=True)
            await sync_to_async(lambda: connection.close())()
        assert stage.runner.failures == 0
