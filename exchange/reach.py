"""Reach: whether the exchange's REST answers, and how fast, asked again and again at the lowest price.

``exchangeStatus`` costs 2 of the minute's 1200 (API.md section 6), so a question every 5 s costs 2 %.
"""

import asyncio

from exchange.clock import Clock
from exchange.errors import BudgetExhausted, CallFailed
from exchange.info import InfoClient

EVERY_SECONDS = 5.0


class Reach:
    """``reachable`` is None until the first answer; ``latency`` in ms, of the last answer, if there was one.

    ``info`` should try once, with a short timeout: a second try would hide what is to be seen.
    """

    def __init__(self, info: InfoClient, clock: Clock) -> None:
        self.info = info
        self.clock = clock
        self.reachable: bool | None = None
        self.latency: float | None = None

    async def tick(self) -> None:
        """Ask once and keep what came of it."""
        began = self.clock.monotonic()
        try:
            await asyncio.to_thread(self.info.exchange_status)
        except BudgetExhausted:
            return  # says nothing about the exchange
        except CallFailed:
            self.reachable, self.latency = False, None
        else:
            self.reachable, self.latency = True, round((self.clock.monotonic() - began) * 1000, 1)

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self.tick()
            await self.clock.sleep(EVERY_SECONDS)
