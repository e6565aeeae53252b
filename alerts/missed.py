"""Missed: reads the candles of the time in which nobody evaluated, for a few seconds at first.

Live evaluation waits for these, since the past is best shown before the present. So they end after ``PATIENCE_S``
whatever the exchange does. Coins that were not read by then are read beside live evaluation (``finish``), for
``LATEST_S`` at most (twice that after a break so long that a coin costs two requests): what was crossed is told
then, and by how much it is late. What stays unknown is in the log.
"""

import asyncio
import logging

from alerts import catch_up
from alerts.evaluate import Evaluator
from exchange.clock import Clock
from exchange.errors import ExchangeError
from exchange.wire.market import Candle

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
LATEST_S = 900.0
PAUSE_S = 5.0
"""After a question that was not answered."""
BUSY_S = 0.1


class MissedReader:
    """``read`` of ``wanted`` coins say how far it is; ``lacking`` are those that were not read yet."""

    def __init__(self, read: catch_up.ReadBars, clock: Clock, patience: float = PATIENCE_S) -> None:
        self.bars, self.clock, self.patience = read, clock, patience
        self.read = self.wanted = 0
        self.lacking: list[str] = []
        self._span = (0, 0)
        self._is_over = False

    async def catch_up(self, evaluator: Evaluator, since: int, now: int) -> None:
        """Show the evaluator what was from ``since`` to ``now``, Unix ms; it may not be turned meanwhile."""
        coins = catch_up.coins(evaluator, since, now)
        if not coins:
            return
        found: dict[str, list[Candle]] = {}
        self.wanted, self._span = len(coins), (since, now)
        reading = asyncio.create_task(asyncio.to_thread(self._read, coins, since, now, found))
        try:
            await asyncio.wait({reading}, timeout=self.patience)
        finally:
            self._is_over = True
        bars = dict(found)
        log.info("caught up from %s to %s with candles of %s of %s coins", since, now, len(bars), len(coins))
        self.lacking = [coin for coin in coins if coin not in bars]
        await asyncio.to_thread(catch_up.show, evaluator, bars, since, now)

    async def finish(self, evaluator: Evaluator) -> None:
        """Read and show the rest, while the evaluator runs on this very loop."""
        ends = self.clock.monotonic() + LATEST_S * (2 if catch_up.is_long(*self._span) else 1)
        while self.lacking and self.clock.monotonic() < ends:
            coin = self.lacking.pop(0)
            try:
                bars = await asyncio.to_thread(catch_up.missed_bars, self.bars, coin, *self._span)
            except ExchangeError as error:
                log.warning("candles of %s cannot be read: %s", coin, error)
                self.lacking.append(coin)
                await self.clock.sleep(PAUSE_S)
            else:
                await self._show(evaluator, coin, bars, ends)
        if self.lacking:
            log.warning("what happened meanwhile is not known of %s", ", ".join(self.lacking[:20]))

    async def _show(self, evaluator: Evaluator, coin: str, bars: list[Candle], ends: float) -> None:
        """As soon as none of its alerts is being decided."""
        while not catch_up.show_late(evaluator, coin, bars, *self._span):
            if self.clock.monotonic() >= ends:
                self.lacking.append(coin)
                return
            await self.clock.sleep(BUSY_S)
        self.read += 1

    def _read(self, coins: list[str], since: int, now: int, found: dict[str, list[Candle]]) -> None:
        """In a thread that ends with its call under way when nobody waits for it any more."""
        for coin in coins:
            if self._is_over:
                return
            try:
                found[coin] = catch_up.missed_bars(self.bars, coin, since, now)
            except ExchangeError as error:
                log.warning("candles of %s cannot be read: %s", coin, error)
            self.read += 1
