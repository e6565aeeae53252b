"""Dead-man switch: somebody outside is told that alerts are evaluated, and cries when he is told no more.

What is asked of him is a GET of ``ALERTS_DEADMAN_URL``, as healthchecks.io, Uptime Kuma and others want it.
"""

import asyncio
import logging

import requests

from alerts.evaluate import Evaluator
from alerts.standing import is_well
from exchange.clock import Clock

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
LOOK_SECONDS = 1.0
TIMEOUT = (5.0, 10.0)


class DeadManSwitch:
    """``told`` counts answers that were good, ``failures`` the others."""

    def __init__(self, url: str, clock: Clock, every: float = EVERY_SECONDS) -> None:
        self.url, self.clock, self.every = url, clock, every
        self.told = self.failures = 0
        self._asked_at, self._round = float("-inf"), 0

    async def run(self, evaluator: Evaluator) -> None:
        """Until cancelled: after a completed round, if all is well, at most once in ``every`` seconds."""
        while True:
            await self.clock.sleep(LOOK_SECONDS)
            now = self.clock.monotonic()
            if now - self._asked_at < self.every or evaluator.round_at <= self._round:
                continue
            if is_well(evaluator, self.clock.now_ms()):
                self._asked_at, self._round = now, evaluator.round_at
                await asyncio.to_thread(self._tell)

    def _tell(self) -> None:
        """In a thread. Whatever goes wrong is only logged: it is for the other side to notice."""
        try:
            with requests.get(self.url, timeout=TIMEOUT, stream=True) as answer:
                answer.raise_for_status()
        except requests.RequestException as error:
            self.failures += 1
            log.warning(
                "the dead man's switch cannot be told: %s", type(error).__name__
            )  # the address is a secret
        else:
            self.told += 1
