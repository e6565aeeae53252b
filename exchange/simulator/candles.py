"""Candles of every interval: history and live trades joined without a seam."""

from exchange.simulator.bars import MINUTE, Bar, join
from exchange.simulator.history import History
from exchange.simulator.intervals import BASES, LENGTHS, begin, end

KEPT = 5000
"""The exchange has no more candles than this per interval (API.md section 6)."""


class Candles:
    """All candles of one coin."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.minutes: list[Bar] = []
        self._live: dict[str, tuple[list[Bar], int]] = {}

    def trade(self, t: int, step: int, lots: int) -> None:
        """Add one live trade at ``step`` of the ladder."""
        start = t // MINUTE * MINUTE
        if self.minutes and self.minutes[-1].t == start:
            bar = self.minutes[-1]
            self.minutes[-1] = Bar(start, bar.o, max(bar.h, step), min(bar.l, step), step, bar.v + lots, bar.n + 1)
        else:
            self.minutes.append(Bar(start, step, step, step, step, lots, 1))

    def _closed(self, interval: str) -> list[Bar]:
        """Buckets of the live minutes that are over; each minute is added once."""
        closed, seen = self._live.get(interval, ([], 0))
        for minute in self.minutes[seen:-1]:
            add(closed, minute, interval)
        self._live[interval] = (closed, max(0, len(self.minutes) - 1))
        return closed

    def live(self, interval: str, last_only: bool = False) -> list[Bar]:
        """Buckets of live trades, oldest first; with ``last_only`` just the newest one."""
        if not self.minutes:
            return []
        closed = self._closed(interval)
        last = closed[-1:]
        add(last, self.minutes[-1], interval)
        return last[-1:] if last_only else closed[:-1] + last

    def past(self, interval: str, start: int, stop: int) -> list[Bar]:
        """Buckets made of history alone that begin in ``start..stop``."""
        base = BASES[interval]
        groups: dict[int, list[Bar]] = {}
        t = max(start, self.history.begin_ms) // base * base
        limit = min(stop, self.history.end_ms - 1)
        while t <= limit:
            bar = self.history.bar(t, base)
            if bar is not None:
                groups.setdefault(begin(interval, t), []).append(bar)
            t += base
        return [join(bars, at) for at, bars in groups.items()]

    def between(self, interval: str, start: int, stop: int, now: int) -> list[Bar]:
        """Candles whose bucket begins in ``start``'s bucket ``..stop``, oldest first, the newest 5000."""
        earliest = begin(interval, now) - (KEPT - 1) * LENGTHS[interval]
        start = begin(interval, max(start, earliest, 0))
        live = [bar for bar in self.live(interval) if start <= bar.t <= stop]
        last = end(interval, begin(interval, max(stop, 0))) - 1 if stop >= start else -1
        past = self.past(interval, start, last)
        if past and live and past[-1].t == live[0].t:
            live[0] = join([past.pop(), live[0]], live[0].t)
        return (past + live)[-KEPT:]

    def newest(self, interval: str) -> Bar | None:
        """The candle that the last trade went into."""
        t = self.minutes[-1].t if self.minutes else self.history.end_ms - 1
        if t < self.history.begin_ms:
            return None
        start = begin(interval, t)
        live = self.live(interval, last_only=True)
        past = self.past(interval, start, t) if start < self.history.end_ms else []
        bars = past + live
        return join(bars, start) if bars else None


def add(bars: list[Bar], minute: Bar, interval: str) -> None:
    """Put a minute into the last bucket of ``bars`` or begin a new one."""
    start = begin(interval, minute.t)
    if bars and bars[-1].t == start:
        bars[-1] = join([bars[-1], minute], start)
    else:
        bars.append(minute._replace(t=start))
