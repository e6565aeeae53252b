"""Public trades on their way into the record: which are new, and for which time they are all there.

The feed proves continuity and says Gap where it cannot (``exchange.gaps``). What a subscribe replays is
contiguous, so from the second oldest moment of the first frame on nothing is missing; between that and the
end of an older record nobody listened, which is a gap. The last moment heard may still lack trades of the
same millisecond, so coverage ends before it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import transaction

from exchange.events import Gap, StreamState, Traded
from snapshots import coverage
from snapshots.minutes import sum_minutes
from snapshots.models import TradeSnapshot
from snapshots.store_trades import store_trades

PART = 100
RECENT = 3_000
"""Trades of a coin whose repetition is noticed without asking the database."""
NOT_LISTENED = "nobody was listening"
NO_ROOM = "trades came faster than they could be stored"

Guard = Callable[[], None]
"""Called last in each transaction; raises if the writer may write no more, and nothing of it stays."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A coin's trades are all there from ``start`` to ``end`` (excluded), Unix ms; the first since we listen?"""

    coin: str
    start: int
    end: int
    is_first: bool


@dataclass(slots=True)
class TradeBatch:
    """What one write takes: rows of ``trade.COLUMNS``, claims, and gaps."""

    rows: list[tuple] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    gaps: list[tuple[str, int, int, str]] = field(default_factory=list)

    def write(self, guard: Guard, now: int) -> int:
        """One transaction; how many trades were new."""
        with transaction.atomic():
            new = store_trades(self.rows)
            sum_minutes((row[0], row[1]) for row in self.rows)
            for claim in self.claims:
                _claim(claim, now)
            for stream, start, end, reason in self.gaps:
                coverage.gap(stream, start, end, reason, now)
            guard()
        return new

    def parts(self) -> "Iterator[TradeBatch]":
        """The same rows in small batches that claim nothing."""
        for start in range(0, len(self.rows), PART):
            yield TradeBatch(self.rows[start : start + PART])

    def deny(self, guard: Guard, reason: str, now: int) -> None:
        """Some rows cannot be stored: say so where they would be."""
        with transaction.atomic():
            for claim in self.claims:
                coverage.gap(f"trades:{claim.coin}", claim.start, claim.end + 1, reason, now)
            for stream, start, end, why in self.gaps:
                coverage.gap(stream, start, end, why, now)
            guard()


def _claim(claim: Claim, now: int) -> None:
    stream = f"trades:{claim.coin}"
    if claim.is_first:
        before = coverage.covered_to(stream)
        if before is not None and before < claim.start:
            coverage.gap(stream, before, claim.start, NOT_LISTENED, now)
    coverage.cover(stream, claim.start, claim.end, now)


@dataclass(slots=True)
class _Tape:
    """One coin: claimed up to ``end``, heard up to ``heard``."""

    end: int
    heard: int
    is_first: bool = True
    recent: set[tuple[int, int]] = field(default_factory=set)
    order: deque[tuple[int, int]] = field(default_factory=deque)

    def is_new(self, key: tuple[int, int]) -> bool:
        if key in self.recent:
            return False
        self.recent.add(key)
        self.order.append(key)
        if len(self.order) > RECENT:
            self.recent.discard(self.order.popleft())
        return True


class TradeTaker:
    """Takes events and hands out batches; at most ``most`` trades wait, what comes then is counted and a gap."""

    def __init__(self, most: int) -> None:
        self.most, self.dropped = most, 0
        self._tapes: dict[str, _Tape] = {}
        self._batch = TradeBatch()

    def traded(self, event: Traded) -> None:
        """Trades of a coin that is recorded."""
        coin, times = event.coin, [trade.time for trade in event.trades]
        if not times:
            return
        tape = self._tapes.get(coin)
        if tape is None:
            tape = self._tapes[coin] = _Tape(end=min(times) + 1, heard=0)
        if len(self._batch.rows) + len(times) > self.most:
            self._drop(tape, event)
            return
        tape.heard = max(tape.heard, *times)
        self._batch.rows += [
            TradeSnapshot.values_of(trade, event.received_at)
            for trade in event.trades
            if tape.is_new((trade.time, trade.tid))
        ]

    def gap(self, event: Gap) -> None:
        """The feed says that trades may be missing; both ends are inside."""
        self._batch.gaps.append((event.stream, event.start, event.end + 1, event.reason))
        coin = event.stream.removeprefix("trades:")
        if tape := self._tapes.get(coin):
            self._claim(coin, tape)
            tape.end = max(tape.end, event.end + 1)

    def state(self, event: StreamState) -> None:
        """A stream that nobody wants any more begins anew when it comes back."""
        if event.state == "ended":
            self.forget(event.stream.removeprefix("trades:"))

    def forget(self, coin: str) -> None:
        """The coin is not recorded any more; what was heard of it still is."""
        if tape := self._tapes.pop(coin, None):
            self._claim(coin, tape)

    def cut(self) -> TradeBatch:
        """Everything taken since the last call."""
        for coin, tape in self._tapes.items():
            self._claim(coin, tape)
        batch, self._batch = self._batch, TradeBatch()
        return batch

    def _claim(self, coin: str, tape: _Tape) -> None:
        if tape.heard > tape.end:
            self._batch.claims.append(Claim(coin, tape.end, tape.heard, tape.is_first))
            tape.end, tape.is_first = tape.heard, False

    def _drop(self, tape: _Tape, event: Traded) -> None:
        last = max(trade.time for trade in event.trades) + 1
        self.dropped += len(event.trades)
        self._claim(event.coin, tape)
        self._batch.gaps.append((f"trades:{event.coin}", min(tape.end, last - 1), last, NO_ROOM))
        tape.end = tape.heard = max(tape.end, last)
