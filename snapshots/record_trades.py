"""Public trades on their way into the record. Whether a minute of them is complete says ``snapshots.audit``."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import transaction

from exchange.events import Gap, Traded
from snapshots import coverage
from snapshots.coverage import GAP, Span
from snapshots.minutes import sum_minutes
from snapshots.models import TradeSnapshot
from snapshots.store_trades import store_trades

PART = 100
RECENT = 3_000
"""Trades of a coin whose repetition is noticed without asking the database."""

Guard = Callable[[], None]
"""Called last in each transaction; raises if the writer may write no more, and nothing of it stays."""


NO_ROOM = "the database could not take them in time"


@dataclass(slots=True)
class TradeBatch:
    """What one write takes: rows of ``trade.COLUMNS``, and what the feed says that it may have missed."""

    rows: list[tuple] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def write(self, guard: Guard, now: int) -> int:
        """One transaction; how many trades were new."""
        if not (self.rows or self.gaps):
            return 0
        with transaction.atomic():
            new = store_trades(self.rows)
            sum_minutes((row[0], row[1]) for row in self.rows)
            self._deny(now)
            guard()
        return new

    def parts(self) -> "Iterator[TradeBatch]":
        """The same rows in small batches."""
        for start in range(0, len(self.rows), PART):
            yield TradeBatch(self.rows[start : start + PART])

    def deny(self, guard: Guard, reason: str, now: int) -> None:
        """Some rows cannot be stored: the audit will miss them, and the feed's gaps are still gaps."""
        with transaction.atomic():
            self._deny(now)
            guard()

    def _deny(self, now: int) -> None:
        coverage.write([(gap.stream, Span(gap.start, gap.end + 1, GAP, gap.reason)) for gap in self.gaps], now)


class Recent:
    """The newest trades of one coin."""

    def __init__(self) -> None:
        self._known: set[tuple[int, int]] = set()
        self._order: deque[tuple[int, int]] = deque()

    def is_new(self, key: tuple[int, int]) -> bool:
        """Whether this (time, tid) was not asked about lately."""
        if key in self._known:
            return False
        self._known.add(key)
        self._order.append(key)
        if len(self._order) > RECENT:
            self._known.discard(self._order.popleft())
        return True


class TradeTaker:
    """Takes events and hands out batches; ``most`` trades wait at most, what comes then is counted and a gap."""

    def __init__(self, most: int) -> None:
        self.most, self.dropped = most, 0
        self._recent: dict[str, Recent] = {}
        self._batch = TradeBatch()
        self._lost: dict[str, Gap] = {}

    @property
    def waiting(self) -> int:
        """Trades that were taken and not cut yet."""
        return len(self._batch.rows)

    def traded(self, event: Traded) -> None:
        """Trades of a coin that is recorded."""
        if len(self._batch.rows) + len(event.trades) > self.most:
            self._lose(event)
            return
        recent = self._recent.setdefault(event.coin, Recent())
        self._batch.rows += [
            TradeSnapshot.values_of(trade, event.received_at)
            for trade in event.trades
            if recent.is_new((trade.time, trade.tid))
        ]

    def _lose(self, event: Traded) -> None:
        """One gap for each coin, however much of it is lost before the next batch."""
        self.dropped += len(event.trades)
        times = [trade.time for trade in event.trades]
        if before := self._lost.get(event.coin):
            times += [before.start, before.end]
        if times:
            where = f"trades:{event.coin}"
            self._lost[event.coin] = Gap(event.received_at, where, min(times), max(times), NO_ROOM)

    def gap(self, event: Gap) -> None:
        """The feed says that trades may be missing."""
        self._batch.gaps.append(event)

    def cut(self) -> TradeBatch:
        """Everything taken since the last call."""
        batch, self._batch = self._batch, TradeBatch()
        batch.gaps += self._lost.values()
        self._lost = {}
        return batch
