"""Recorder: writes down what the exchange says. ``take`` each event, ``write_once`` about once a second.

``take`` is synchronous and cheap; writing happens in a thread. A batch that the database does not take
because it is away waits and is tried again, what comes meanwhile gathers up to a bound. What is dropped is
counted and logged, and shows as a gap. Each transaction ends with the guard, so that a leader that was
replaced can write nothing more.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from itertools import islice, zip_longest
from threading import Lock
from typing import Any

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, connection

from exchange.clock import Clock
from exchange.events import Event, Gap, Traded
from exchange.market import Market
from snapshots import days
from snapshots.record_accounts import AccountBatch
from snapshots.record_prices import Prices
from snapshots.record_taken import AccountTaker
from snapshots.record_trades import Guard, TradeBatch, TradeTaker

log = logging.getLogger(__name__)

EVERY = 1.0
MOST_TRADES = 200_000
MOST_SNAPSHOTS = 20_000
MOST_ROWS = 100_000
"""Of histories of accounts."""
ALWAYS = ("BTC", "ETH", "HYPE")
MOST_COINS = 30
"""By default: each coin's trades cost the exchange's REST something every few minutes, for the audits."""
AWAY = (OperationalError, InterfaceError)
REFUSED = (DataError, IntegrityError, ValueError, TypeError, ArithmeticError)
NOT_TAKEN = "a part could not be stored"

Batch = TradeBatch | AccountBatch


def nobody_else() -> None:
    """The guard of a writer that has no rival."""


class Unwritten(Exception):
    """It ends with something in its hands that the database would not take; the message says why."""


class Recorder:
    """One leader's record. ``trade_coins`` empty: BTC, ETH, HYPE, the coins in which accounts have positions and
    ``more_coins``, of which the first are the most important.

    ``written`` rows, ``dropped`` ones, ``refused`` pieces and ``error`` say how it goes, ``wrote_at`` (Unix ms)
    when last all was written that had been taken.
    """

    def __init__(
        self,
        market: Market,
        clock: Clock,
        trade_coins: Iterable[str] = (),
        guard: Guard = nobody_else,
        more_coins: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self.clock, self.guard = clock, guard
        self.trades = TradeTaker(MOST_TRADES)
        self.accounts = AccountTaker(Prices(market), MOST_SNAPSHOTS, MOST_ROWS)
        self.written = self.refused = 0
        self.error = ""
        self.wrote_at: int | None = None
        self._fixed = frozenset(trade_coins)
        self._coins = self._fixed or frozenset(ALWAYS)
        self._more_coins = more_coins
        self._waiting: list[Batch] = []
        self._refused: list[Event] = []
        self._said = 0
        self._writing = Lock()

    def coins(self) -> frozenset[str]:
        """The coins whose trades are recorded."""
        return self._coins

    @property
    def dropped(self) -> int:
        """Trades, snapshots and rows of histories for which there was no room."""
        return self.trades.dropped + self.accounts.dropped

    def report(self) -> dict[str, Any]:
        """Plain values for those who run the site."""
        return {
            "written": self.written,
            "dropped": self.dropped,
            "refused": self.refused,
            "waitingTrades": self.trades.waiting,
            "waitingSnapshots": self.accounts.waiting,
        }

    def topics(self) -> list[str]:
        """What the recorder asks the feed for; to be held in Demand again and again."""
        if not self._fixed:
            self._coins = frozenset(self._wanted())
        return [f"trades:{coin}" for coin in sorted(self._coins)]

    def _wanted(self) -> list[str]:
        """In turns from both lists, so that neither crowds out the other."""
        pairs = zip_longest(self.accounts.coins(MOST_COINS), islice(self._more_coins(), MOST_COINS))
        coins = dict.fromkeys([*ALWAYS, *(coin for pair in pairs for coin in pair if coin is not None)])
        return list(coins)[:MOST_COINS]

    def take(self, event: Event) -> None:
        """One event of the feed or the tracker. Never raises for what it does not know."""
        if isinstance(event, Traded):
            if event.coin in self._coins:
                self.trades.traded(event)
        elif isinstance(event, Gap) and event.stream.startswith("trades:"):
            if event.stream.removeprefix("trades:") in self._coins:
                self.trades.gap(event)
        else:
            self.accounts.take(event)

    async def run(self, hold: Callable[[list[str]], Any]) -> None:
        """Once a second say what is wanted, and write, until cancelled; then write the rest or raise Unwritten."""
        try:
            while True:
                hold(self.topics())
                await self.write_once()
                await self.clock.sleep(EVERY)
        finally:
            for _ in range(2):  # what a cancelled write left, then what came meanwhile
                await self._last_write()
            if self._waiting:
                raise Unwritten(self.error)

    async def _last_write(self) -> None:
        """A write that a cancellation does not break off; what it raises then is nobody's any more."""
        write = asyncio.ensure_future(self.write_once())
        write.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.shield(write)

    async def write_once(self) -> None:
        """Write what was taken, in a thread; what the database is away for waits. Raises what the guard raises."""
        self._cut()
        await asyncio.to_thread(self._write, close=True)

    def flush(self) -> None:
        """``write_once`` in this thread."""
        self._cut()
        self._write(close=False)

    def _cut(self) -> None:
        while self._refused:
            self.accounts.refused(self._refused.pop(), NOT_TAKEN)
        if not self._waiting:
            self._waiting = [self.trades.cut(), self.accounts.cut()]
        if self.dropped > self._said:
            log.warning(
                "no room for %s trades, snapshots or rows: the database is too slow", self.dropped - self._said
            )
            self._said = self.dropped

    def _write(self, close: bool) -> None:
        try:
            with self._writing:
                while self._waiting:
                    self._write_one(self._waiting[0])
                    self._waiting.pop(0)
                self._sum_days()
            self.error, self.wrote_at = "", self.clock.now_ms()
        except AWAY as error:
            self.error = f"the database is away: {error}"
            log.warning("history cannot be written now: %s", error)
        finally:
            if close:
                connection.close()

    def _sum_days(self) -> None:
        """Of one calendar at a time; who looks at another has it summed himself."""
        try:
            days.refresh_next()
        except (*REFUSED, LookupError):
            log.exception("the days of an account cannot be summed")

    def _write_one(self, batch: Batch) -> None:
        """A batch that can never be written must not stop all those after it."""
        now = self.clock.now_ms()
        try:
            self.written += batch.write(self.guard, now)
        except REFUSED:
            for part in batch.parts():
                try:
                    self.written += part.write(self.guard, now)
                except REFUSED:
                    self.refused += 1
                    self._refused += part.events if isinstance(part, AccountBatch) else []
                    log.exception("the database refuses a piece of history")
            batch.deny(self.guard, NOT_TAKEN, now)
