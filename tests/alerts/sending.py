"""Processes that deliver, and can be killed at any step: each statement, each commit, each message handed over."""

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable

from django.db import connection

from accounts.rate import Limiter
from alerts.deliver import Deliverer
from exchange.clock import ManualClock
from tests.alerts.delivering import HOUR, S
from tests.alerts.leading import Steps
from tests.alerts.receivers import Request

CLAIM = 120 * S


class SendSteps(Steps):
    """Those of the database's thread and of the threads that send, by one count."""

    def __init__(self, fatal: int | None) -> None:
        super().__init__(fatal)
        self.lock = threading.Lock()

    def step(self) -> None:
        with self.lock:
            super().step()

    def install(self) -> None:
        """Run this in the thread whose statements count."""
        commit = connection._commit

        def counted() -> None:
            self.step()
            commit()
            self.step()

        connection._commit = counted
        connection.execute_wrappers.append(self.around)

    def sending(self, send: Callable) -> Callable:
        """As ``send``, with a step before and after."""

        def stepped(*args):
            self.step()
            error = send(*args)
            self.step()
            return error

        return stepped


def work(now: int, steps: SendSteps | None = None, threads: int = 1) -> None:
    """Deliver what is due at this time, until nothing is."""

    async def turn() -> None:
        one = Deliverer(ManualClock(now), Limiter("", "test"), threads, 24 * HOUR, claim_ms=CLAIM)
        if steps:
            await one.database.run(connection.connect)
            await one.database.run(steps.install)
            one._send = steps.sending(one._send)
        while await one.run_once():
            await one.settle()
        await one.close()

    asyncio.run(turn())


def count_steps(fork: Callable, ended: Callable, now: int) -> int:
    """How many steps a process takes that nobody kills."""
    reading, writing = os.pipe()

    def counted() -> None:
        steps = SendSteps(None)
        work(now, steps)
        os.write(writing, str(steps.count).encode())

    assert ended(fork(counted)) == 0
    count = int(os.read(reading, 20))
    os.close(reading), os.close(writing)
    return count


def honoured(requests: Iterable[Request]) -> Counter:
    """How often a receiver that looks at the key of each message has counted each delivery."""
    messages = {one.headers["Idempotency-Key"]: one.json["keys"] for one in requests}
    return Counter(key for keys in messages.values() for key in keys)
