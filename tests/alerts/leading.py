"""Processes that evaluate the same stream of prices, and can be killed at any step; prices are known afterwards.

Each is a fork of the test's process with a database connection of its own. A step is a statement or a commit.
"""

import os
import signal
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from random import Random

from django.db import connection, transaction

from alerts.evaluate import Evaluator
from alerts.figure import Figure, Seen
from alerts.models import Delivery, Firing, Step
from exchange.clock import ManualClock
from exchange.events import Prices, UniverseChanged
from exchange.market import Market
from monitoring.models import Lease
from tests.exchange.market_events import T0, universe

S = 1000
COINS = ("BTC", "ETH")
KILLED = -signal.SIGKILL


def stream(seed: int, seconds: int) -> list[dict[str, Decimal]]:
    """Prices around 100 of each second, with jumps."""
    random = Random(seed)
    return [
        {coin: Decimal(random.choice((90, 97, 99, 100, 101, 104, 110))) for coin in COINS} for _ in range(seconds)
    ]


def lead(prices: list[dict[str, Decimal]], look_every: int = 3, pause: float = 0.0) -> None:
    """Take the lease, catch up with what the last leader did not decide, and go on to the end of the stream."""
    number = take_lease()
    market, clock = Market(), ManualClock(T0 + len(prices) * S)
    market.apply(UniverseChanged(T0, universe()))
    evaluator = Evaluator(market, clock, lambda: check_lease(number), number)
    since = evaluator.begin()
    begin = max(0, (since - T0) // S - 1)  # what stood then stands until the next value
    for second in range(begin, len(prices)):
        at = T0 + second * S
        if since and second <= begin + 5:  # as candles would tell
            evaluator.show((Figure("mark", coin), Seen(at, value)) for coin, value in prices[second].items())
        event = Prices(at, prices[second], {})
        market.apply(event)
        evaluator.take(event)
        if second % 2:  # so that there is something that waits when it dies
            while evaluator.round():
                pass
        if second % look_every == 0:
            evaluator.look()
        time.sleep(pause)
    while evaluator.round():
        pass


def take_lease() -> int:
    """The next number: nobody who had it before may write any more."""
    with transaction.atomic():
        lease = Lease.objects.select_for_update().get(name="feed")
        lease.number += 1
        lease.save()
        return lease.number


def check_lease(number: int) -> None:
    if not Lease.objects.select_for_update().filter(name="feed", number=number).exists():
        raise PermissionError("another one leads")


def fork(work: Callable[[], None]) -> int:
    """Do it in a process of its own; its number. It ends with 0, or 1 after an error, or by a signal."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # two processes on one connection would share its transaction
    if child := os.fork():
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """How it ended."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


class Steps:
    """Counts statements and commits, before and after each; at ``fatal`` the process kills itself."""

    def __init__(self, fatal: int | None) -> None:
        self.fatal, self.count = fatal, 0

    def step(self) -> None:
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, execute, sql, params, many, context):
        self.step()
        result = execute(sql, params, many, context)
        self.step()
        return result

    def watch(self, work: Callable[[], None]) -> None:
        commit = connection._commit

        def counted() -> None:
            self.step()
            commit()
            self.step()

        connection._commit = counted
        with connection.execute_wrapper(self.around):
            work()


def ledger() -> dict[str, list]:
    """Everything that was decided, without the times at which that was."""
    firings = ("alert", "arm", "value", "fired_at", "ended_at", "end_value", "end_reason")
    return {
        "firings": list(Firing.objects.order_by("alert", "arm").values_list(*firings)),
        "deliveries": list(Delivery.objects.order_by("key").values_list("key", "occasion", "at", "value")),
        "steps": list(Step.objects.order_by("alert", "id").values_list("alert", "at", "what", "phase", "value")),
    }
