"""Missed: reads the candles of the time in which nobody evaluated, for a few seconds at most.

Live evaluation waits for this, since the past has to be shown before the present. So it ends after ``PATIENCE_S``
whatever the exchange does; coins that were not read by then are named in the log, and begin with what is now.
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


class MissedReader:
    """``read`` of ``wanted`` coins say how far it is."""

    def __init__(self, read: catch_up.ReadBars, clock: Clock, patience: float = PATIENCE_S) -> None:
        self.bars, self.clock, self.patience = read, clock, patience
        self.read = self.wanted = 0
        self._is_over = False

    async def catch_up(self, evaluator: Evaluator, since: int, now: int) -> None:
        """Show the evaluator what was from ``since`` to ``now``, Unix ms; it may not be turned meanwhile."""
        coins = catch_up.coins(evaluator, since, now)
        if not coins:
            return
        found: dict[str, list[Candle]] = {}
        self.wanted = len(coins)
        reading = asyncio.create_task(asyncio.to_thread(self._read, coins, since, now, found))
        try:
            await asyncio.wait({reading}, timeout=self.patience)
        finally:
            self._is_over = True
        bars = dict(found)
        log.info("caught up from %s to %s with candles of %s of %s coins", since, now, len(bars), len(coins))
        if lacking := [coin for coin in coins if coin not in bars]:
            log.warning("what happened meanwhile is not known of %s", ", ".join(lacking[:20]))
        await asyncio.to_thread(catch_up.show, evaluator, bars, now)

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
