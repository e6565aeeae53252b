"""How far a trip went against its owner and for him while it lasted: MAE and MFE.

PnL of the whole trip, before fees, is looked at after each of its fills, and at the extremes of every candle
that lies wholly between two of them. A candle in which the position changed says nothing of which
price came first: it is passed over, so both figures are what certainly was reached, never more.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange.wire.market import Candle
from snapshots.pnl.executions import ZERO
from snapshots.pnl.trips import Trip


@dataclass(frozen=True, slots=True)
class Excursion:
    """Worst and best PnL of the trip while it lasted, in the market's money; ``candles`` could be used."""

    adverse: Decimal
    favourable: Decimal
    candles: int


def excursion(trip: Trip, candles: Sequence[Candle]) -> Excursion | None:
    """MAE (0 or less) and MFE (0 or more) of a trip; candles oldest first, of its coin.

    None for a trip that is cut off or has holes: what it had earned before is not known.
    """
    if trip.cut_off or trip.holes:
        return None
    cash, worst, best, used = ZERO, ZERO, ZERO, 0
    starts = [candle.t for candle in candles]
    for number, part in enumerate(trip.parts):
        cash += part.cash
        size, price = part.end, part.execution.price
        seen = [cash + size * price]
        after = trip.parts[number + 1].execution.time if number + 1 < len(trip.parts) else None
        for at in range(bisect_left(starts, part.execution.time), len(candles)):
            candle = candles[at]
            if size == 0 or (after is not None and after <= candle.T):
                break
            seen += [cash + size * candle.l, cash + size * candle.h]
            used += 1
        worst, best = min(worst, *seen), max(best, *seen)
    return Excursion(worst, best, used)
