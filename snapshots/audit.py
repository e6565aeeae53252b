"""Audit: which minutes of a coin's public trades are stored whole, by the exchange's own bars.

There is no history of public trades and there are no sequence numbers, but each closed minute has a bar with
its volume. A minute whose stored trades add up to it is complete, whoever recorded them, however often he was
stopped or killed; one with less is a gap. So Coverage of trades rests on what is stored and on nothing else.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import groupby

from django.db import Error, connection, transaction
from django.db.models import Min

from exchange.budget import Priority
from exchange.clock import Clock
from exchange.errors import BudgetExhausted, CallFailed
from exchange.info import InfoClient
from snapshots import coverage
from snapshots.minutes import MINUTE
from snapshots.models import Coverage, TradeMinute, TradeSnapshot
from snapshots.record import nobody_else
from snapshots.record_trades import Guard

log = logging.getLogger(__name__)

EVERY_MS, A_COIN_MS = 300_000, 10_000
"""Between two audits of a coin; with more coins than 30 longer, so that all together ask six times a minute."""
IDLE = 5.0
SETTLED = 20_000
"""Ms after its end at which a minute is audited: its last trades and its bar are there, and written down."""
AGAIN = 30 * MINUTE
"""A gap so young may still fill up from a batch that waited for the database: it is audited again."""
MOST_BARS = 4_900
"""The exchange keeps 5,000; what is older cannot be audited any more."""
MISSING = "its bar has more volume than is stored"
UNPROVED = "it was never compared with the exchange's bars"


class TradeAudit:
    """One leader's. ``run`` until cancelled, or ``run_once`` in a thread; ``coins`` says which are recorded."""

    def __init__(
        self, info: InfoClient, clock: Clock, coins: Callable[[], Iterable[str]], guard: Guard = nobody_else
    ) -> None:
        self.info = info.on_behalf_of("audit", Priority.BACKGROUND)
        self.clock, self.coins, self.guard = clock, coins, guard
        self._due: dict[str, int] = {}

    async def run(self) -> None:
        """Audit what is due, for ever. Raises what the guard raises."""
        while True:
            await asyncio.to_thread(self._in_thread)
            await self.clock.sleep(IDLE)

    def _in_thread(self) -> None:
        try:
            self.run_once()
        except Error as error:
            log.warning("trades cannot be audited now: %s", error)
        finally:
            connection.close()

    def run_once(self) -> None:
        """Audit each coin that was not for ``EVERY_MS``; one that cannot be asked about comes next time."""
        coins = sorted(self.coins())
        for coin in coins:
            now = self.clock.now_ms()
            if now >= self._due.get(coin, 0):
                self._due[coin] = now + max(EVERY_MS, len(coins) * A_COIN_MS)
                try:
                    self.audit(coin, now)
                except (CallFailed, BudgetExhausted) as error:
                    log.warning("trades of %s cannot be audited now: %s", coin, error)

    def audit(self, coin: str, now: int) -> None:
        """Compare the minutes that were not, and those of young gaps."""
        end = (now - SETTLED) // MINUTE * MINUTE
        start = _first_minute(coin, now)
        if start is None or start >= end:
            return
        oldest = end - MOST_BARS * MINUTE
        bars = self.info.candles(coin, "1m", max(start, oldest), end - 1)
        volumes = {bar.t: bar.v for bar in bars if bar.t >= start and end > bar.T}
        with transaction.atomic():
            if start < oldest:
                coverage.gap(f"trades:{coin}", start, oldest, UNPROVED, now)
            _judge(coin, max(start, oldest), end, volumes, now)
            self.guard()


def _first_minute(coin: str, now: int) -> int | None:
    """Where the audit goes on: nothing is said about a coin before its first whole minute."""
    rows = Coverage.objects.filter(stream=f"trades:{coin}").order_by("start")
    judged = list(rows.values_list("start", "end", "state"))
    if not judged:
        first = TradeSnapshot.objects.coin(coin).aggregate(first=Min("time"))["first"]
        return None if first is None else (first // MINUTE + 1) * MINUTE
    at = judged[0][0]
    for start, end, state in judged:
        if start > at or (state == coverage.GAP and end >= now - AGAIN):
            break
        at = end
    return at // MINUTE * MINUTE


def _judge(coin: str, start: int, end: int, bars: dict[int, Decimal], now: int) -> None:
    rows = TradeMinute.objects.of(coin, start, end).values_list("time", "bought", "sold")
    stored = {time: bought + sold for time, bought, sold in rows}
    if stored and not bars:
        return  # an answer without bars says nothing
    minutes = range(start, end, MINUTE)
    for state, run in groupby(minutes, lambda at: _verdict(stored.get(at, Decimal(0)), bars.get(at))):
        times = list(run)
        first, last = times[0], times[-1] + MINUTE
        if state == coverage.GAP:
            coverage.gap(f"trades:{coin}", first, last, MISSING, now)
        elif state == coverage.COVERED:
            coverage.cover(f"trades:{coin}", first, last, now)


def _verdict(have: Decimal, bar: Decimal | None) -> str:
    """A minute without a trade has no bar; one with trades and without a bar is not to be judged yet."""
    if bar is None:
        return coverage.UNKNOWN if have else coverage.COVERED
    return coverage.GAP if have < bar else coverage.COVERED
