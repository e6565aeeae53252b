"""Gaps: what is provably known of each tape, and which intervals are not.

There are no sequence numbers and there is no history of public trades (API.md sections 4 and 6), so
continuity is proved in two ways. After an interruption, the trades replayed on subscribe must overlap
those seen before: the replay is contiguous, so an overlap leaves no room for a hole. And in quiet
operation the volume of each closed minute must be the sum of its trades, or some were lost on the way.
Only in the minute in which a tape begins can a single lost trade not be found: nobody knows what came before.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from exchange.events import Gap
from exchange.market_tape import Tape, add_trades, new_tape
from exchange.wire.market import Candle, Trade

MINUTE = 60_000
REPLAYED = 30
SETTLED_MS = 10_000
"""A minute is audited so long after its end: trades and bars trail the clock by up to a second."""
MINUTES_KEPT = 120


@dataclass(slots=True)
class _Tape:
    since: int
    tape: Tape = field(default_factory=new_tape)
    broken: str | None = "subscribed"
    audited_to: int = 0
    volumes: dict[int, Decimal] = field(default_factory=dict)
    hole: tuple[int, int] = (0, 0)


class Tapes:
    """What was seen of each coin's trades. Times are the exchange's, Unix ms."""

    def __init__(self) -> None:
        self._tapes: dict[str, _Tape] = {}

    def begin(self, coin: str, now: int) -> None:
        """Trades of ``coin`` are wanted from now on."""
        self._tapes.setdefault(coin, _Tape(since=now))

    def end(self, coin: str) -> None:
        """Nobody wants them any more."""
        self._tapes.pop(coin, None)

    def interrupt(self, coin: str, reason: str) -> None:
        """From here on trades may have been missed; the next ones seen tell whether."""
        if (tape := self._tapes.get(coin)) and tape.broken is None:
            tape.broken = reason

    def is_broken(self, coin: str) -> bool:
        """Whether trades may have been missed since the last ones seen."""
        tape = self._tapes.get(coin)
        return tape is not None and tape.broken is not None

    def see(self, coin: str, trades: list[Trade], now: int, replayed: int = REPLAYED) -> Gap | None:
        """Trades came; the hole before them, if there is one. A subscribe replays ``replayed`` old ones."""
        tape = self._tapes.get(coin)
        if tape is None:
            return None
        gap = None
        if tape.broken is not None:
            gap = _hole(coin, tape, trades, now, replayed)
            tape.broken = None
            if gap:
                tape.hole = (gap.start, gap.end)
            if not tape.audited_to:  # the replay is contiguous: the first minute after its oldest is whole
                tape.audited_to = (min(trade.time for trade in trades) // MINUTE + 1) * MINUTE
        for trade in add_trades(tape.tape, trades):
            minute = trade.time // MINUTE * MINUTE
            tape.volumes[minute] = tape.volumes.get(minute, Decimal(0)) + trade.sz
        while len(tape.volumes) > MINUTES_KEPT:
            del tape.volumes[min(tape.volumes)]
        return gap

    def to_audit(self, coin: str, now: int) -> tuple[int, int] | None:
        """The minutes (start, end) that can be audited, if there are any."""
        tape = self._tapes.get(coin)
        if tape is None or tape.broken is not None or not tape.audited_to:
            return None
        end = (now - SETTLED_MS) // MINUTE * MINUTE
        start = max(tape.audited_to, end - MINUTES_KEPT // 2 * MINUTE)
        return (start, end) if start < end else None

    def audit(self, coin: str, bars: list[Candle], end: int, now: int) -> list[Gap]:
        """Compare one-minute bars up to ``end`` with the trades seen; the minutes in which some are missing."""
        tape = self._tapes.get(coin)
        if tape is None or tape.broken is not None:
            return []
        tape.audited_to = end
        return [
            Gap(now, f"trades:{coin}", bar.t, bar.T, "its bar has more volume than was heard")
            for bar in bars
            if tape.volumes.get(bar.t, Decimal(0)) < bar.v and not tape.hole[0] <= bar.t <= bar.T <= tape.hole[1]
        ]


def _hole(coin: str, tape: _Tape, trades: list[Trade], now: int, replayed: int) -> Gap | None:
    """The hole between what was held and what came after an interruption, or None if there provably is none."""
    held = {(trade.time, trade.tid) for trade in tape.tape}
    if any((trade.time, trade.tid) in held for trade in trades):  # the replay reaches back to before it
        return None
    first = min(trade.time for trade in trades)
    if not held and (len(trades) < replayed or first <= tape.since):
        return None
    start = tape.tape[-1].time if held else tape.since
    return Gap(now, f"trades:{coin}", start, max(start, first), tape.broken or "")
