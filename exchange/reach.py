"""Reach: whether the exchange's REST answers, and how fast, asked again and again at the lowest price.

``exchangeStatus`` costs 2 of the minute's 1200 (API.md section 6), so a question every 5 s costs 2 %.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from exchange.clock import Clock
from exchange.errors import BudgetExhausted, CallFailed
from exchange.info import InfoClient

EVERY_SECONDS = 5.0
OLDEST_SECONDS = 15.0
"""An answer that is older says nothing about now: while the budget is used up nobody can ask."""


class Reach:
    """``reachable`` is None while there is no answer of late; ``latency`` of the last in ms, if there was one.

    ``info`` should try once, with a short timeout: a second try would hide what is to be seen.
    """

    def __init__(self, info: InfoClient, clock: Clock) -> None:
        self.info = info
        self.clock = clock
        self.latency: float | None = None
        self._did_answer: bool | None = None
        self._asked_at = float("-inf")
        self._thread = ThreadPoolExecutor(1, "reach")
        """Its own: those of the event loop may all be waiting for the budget."""

    @property
    def reachable(self) -> bool | None:
        """Whether the last question was answered; None if that was too long ago, or never."""
        is_old = self.clock.monotonic() - self._asked_at > OLDEST_SECONDS
        return None if is_old else self._did_answer

    async def tick(self) -> None:
        """Ask once and keep what came of it."""
        began = self.clock.monotonic()
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self.info.exchange_status)
        except BudgetExhausted:
            return  # says nothing about the exchange
        except CallFailed:
            self._did_answer, self.latency = False, None
        else:
            self._did_answer, self.latency = True, round((self.clock.monotonic() - began) * 1000, 1)
        self._asked_at = self.clock.monotonic()

    async def run(self) -> None:
        """Ask until cancelled."""
        while True:
            await self.tick()
            await self.clock.sleep(EVERY_SECONDS)
