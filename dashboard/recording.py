"""What a leader does for history: writes what it hears, reads what was before, audits the trades, and prunes."""

import asyncio
from collections.abc import Callable, Iterable

from django.conf import settings

from exchange.clock import Clock
from exchange.demand import Demand
from exchange.events import Event
from exchange.info import InfoClient
from exchange.market import Market
from monitoring.lease import Leadership
from snapshots.audit import TradeAudit
from snapshots.backfill import Backfill
from snapshots.pruning import Pruning
from snapshots.record import Recorder

HOLDER = "recorder"


class Recording:
    """One leader's. ``take`` each event, ``run`` until cancelled; a leader that was replaced writes nothing.

    ``alert_coins`` says which coins alerts are about, first those of most: their trades are recorded, too.
    """

    def __init__(
        self, market: Market, demand: Demand, info: InfoClient, clock: Clock, leadership: Leadership
    ) -> None:
        coins, guard = settings.CONFIG.snapshot_trade_coins, leadership.check
        self.demand = demand
        self.alert_coins: Callable[[], Iterable[str]] = tuple
        self.recorder = Recorder(market, clock, coins, guard, lambda: self.alert_coins())
        self.backfill = Backfill(info, clock, guard, is_heard=self.recorder.accounts.is_heard)
        self.audit = TradeAudit(info, clock, self.recorder.coins, guard)
        self.pruning = Pruning(clock, guard)

    def take(self, event: Event) -> None:
        """One event of the market or of an account."""
        self.recorder.take(event)
        self.backfill.take(event)

    async def run(self) -> None:
        """Raises LeaseLost when somebody else leads."""
        async with asyncio.TaskGroup() as work:
            work.create_task(self.recorder.run(self._hold), name="recorder")
            work.create_task(self.backfill.run(), name="backfill")
            work.create_task(self.audit.run(), name="audit")
            work.create_task(self.pruning.run(), name="pruning")

    def _hold(self, topics: list[str]) -> None:
        self.demand.hold(HOLDER, topics)
