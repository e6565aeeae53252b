"""Tapes and bars: what a Market keeps of a coin's trades and candles, each once and in time order."""

from collections import deque

from exchange.wire.market import Candle, Trade

TAPE_LENGTH = 200
BARS_KEPT = 3
WENT_BACK_MS = 60_000
"""Data this much older than what is held comes from a world whose clock was set back, not from the past."""

Tape = deque[Trade]
Bars = dict[int, Candle]


def new_tape() -> Tape:
    """An empty tape of the newest trades."""
    return deque(maxlen=TAPE_LENGTH)


def add_trades(tape: Tape, trades: list[Trade]) -> list[Trade]:
    """Add those of ``trades`` that the tape does not hold; return them, oldest first.

    Identity is (time, tid) within a coin (API.md section 8); every subscribe replays 30 known
    trades. Trades older than a full tape's first cannot be told from forgotten ones: not new.
    """
    if len(trades) == 1 and (not tape or trades[0].time > tape[-1].time):
        tape.append(trades[0])
        return trades
    if not trades:
        return []
    trades = sorted(trades, key=_time)
    if tape and tape[-1].time - trades[-1].time > WENT_BACK_MS:
        tape.clear()
    newest = tape[-1].time if tape else -1
    held = {(trade.time, trade.tid) for trade in tape} if trades[0].time <= newest else set()
    oldest = tape[0].time if len(tape) == TAPE_LENGTH else -1
    came: dict[tuple[int, int], Trade] = {}
    for trade in trades:
        if trade.time >= oldest:
            came.setdefault((trade.time, trade.tid), trade)
    new = [trade for key, trade in came.items() if key not in held]
    if new and new[0].time <= newest:
        _merge(tape, came)
    else:
        tape.extend(new)
    return new


def _merge(tape: Tape, came: dict[tuple[int, int], Trade]) -> None:
    """Put trades into their places. Those of one block share their time: what came together is in its order."""
    others = [trade for trade in tape if (trade.time, trade.tid) not in came]
    whole = sorted([*others, *came.values()], key=_time)
    tape.clear()
    tape.extend(whole)


def put_candle(bars: Bars, candle: Candle) -> bool:
    """Upsert by open time (frames of the closed bar may come late); whether anything changed.

    Trades only add up: a frame with fewer of them than the bar has is older than the bar.
    """
    held = bars.get(candle.t)
    if held is not None and (held == candle or candle.n < held.n):
        return False
    newest = max(bars, default=candle.t)
    if newest - candle.t > BARS_KEPT * (candle.T - candle.t + 1):
        bars.clear()
    bars[candle.t] = candle
    if len(bars) > BARS_KEPT:
        del bars[min(bars)]
    return candle.t in bars


def _time(trade: Trade) -> int:
    return trade.time
