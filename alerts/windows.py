"""Windows: a change over an hour is known at once, and again after a hole in the data, from candles."""

import asyncio
import logging

from alerts import catch_up
from alerts.evaluate import Evaluator
from alerts.figure import Figure
from alerts.trail import Trail
from exchange.clock import Clock
from exchange.errors import BudgetExhausted, ExchangeError

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
SOON_SECONDS, LATE_SECONDS = 30.0, 300.0
"""So long a window is not asked for again: one that was filled or failed, and one of which nothing was known."""


class WindowFiller:
    """``filled`` counts windows whose past was read, ``waiting`` those that wait for that."""

    def __init__(self, read: catch_up.ReadBars, clock: Clock) -> None:
        self.read, self.clock = read, clock
        self.filled = self.waiting = self.failures = 0
        self._not_before: dict[tuple[str, int], float] = {}

    async def run(self, evaluator: Evaluator) -> None:
        """Until cancelled, one after the other and within the budget: live evaluation waits for none of it."""
        while True:
            await self.fill(evaluator)
            await self.clock.sleep(LOOK_SECONDS)

    async def fill(self, evaluator: Evaluator) -> None:
        """All that are not known now and whose turn it is."""
        now = self.clock.monotonic()
        self._not_before = {key: moment for key, moment in self._not_before.items() if moment > now}
        wanted = [one for one in catch_up.windows(evaluator) if (one.subject, one.window) not in self._not_before]
        for number, figure in enumerate(wanted):
            self.waiting = len(wanted) - number
            window = evaluator.coins.window(figure)
            if window is not None and window.trail.known_since() is not None:
                await self._fill(figure, window.trail)
        self.waiting = 0

    async def _fill(self, figure: Figure, trail: Trail) -> None:
        """What is read has to reach up to the first value that is known, or there would be a hole."""
        first, key = trail.known_since(), (figure.subject, figure.window)
        self._not_before[key] = self.clock.monotonic() + LATE_SECONDS
        try:
            past = await asyncio.to_thread(catch_up.window_past, self.read, figure, self.clock.now_ms())
        except ExchangeError as error:
            self.failures += 1
            log.warning("what %s was before cannot be read: %s", figure.subject, error)
            wait = error.retry_after if isinstance(error, BudgetExhausted) else SOON_SECONDS
            self._not_before[key] = self.clock.monotonic() + min(wait, LATE_SECONDS)
            return
        if trail.known_since() == first:
            trail.precede(past)
            self.filled += 1
            self._not_before[key] = self.clock.monotonic() + (SOON_SECONDS if trail.is_full else LATE_SECONDS)
