"""Catches up: shows the evaluator what candles know of the time in which nobody evaluated.

Candles are made of trades, so they stand in for mark, mid and last price; of other figures the past is not known,
and a crossing of theirs that came back meanwhile stays unknown. What is decided so says by how much it is late.
"""

from collections import defaultdict
from collections.abc import Callable
from heapq import merge

from alerts.evaluate import Evaluator
from alerts.figure import Figure, Seen
from alerts.metrics.coin import OVER_TIME
from alerts.preview import candle_path
from alerts.slot import Slot
from alerts.verdict import TOO_LATE_MS
from exchange.wire.market import Candle

ReadBars = Callable[[str, str, int, int], list[Candle]]
"""Bars of (coin, interval) that begin between two moments, Unix ms; as ``InfoClient.candles``."""

PRICES = ("mark", "mid", "last")
MINUTE, HOUR = 60_000, 3_600_000
FINE = 6 * HOUR
"""Windows up to this long are filled from bars of a minute, longer ones from bars of an hour."""


def missed(evaluator: Evaluator, since: int, now: int, read: ReadBars) -> int:
    """Show what prices did between ``since`` (of ``Evaluator.start``) and ``now``, at most ``TOO_LATE_MS`` of it.

    How many coins were asked for: one request each, for those with alerts alone. Nothing if nothing was missed.
    """
    if not since or now - since < MINUTE:
        return 0
    begin = max(since, now - TOO_LATE_MS)
    coins: dict[str, list[Slot]] = defaultdict(list)
    for figure, slot in evaluator.watch.slots.items():
        if figure.metric in PRICES and len(slot):
            coins[figure.subject].append(slot)
    paths = []
    for coin, slots in coins.items():
        bars = read(coin, "1m", begin - begin % MINUTE - MINUTE, now)
        path = [seen for seen in candle_path(bars) if seen.value is not None and seen.at < now]
        paths += [[(seen.at, slot.figure, seen) for seen in path] for slot in slots]
    evaluator.show((figure, seen) for _, figure, seen in merge(*paths, key=lambda row: row[0]))
    return len(coins)


def fill_windows(evaluator: Evaluator, now: int, read: ReadBars) -> int:
    """Make changes of prices over a window known at once; how many coins and spans were asked for."""
    wanted: dict[tuple[str, int], Figure] = {}
    for figure, slot in evaluator.watch.slots.items():
        if len(slot) and OVER_TIME.get(figure.metric, ("",))[0] == "mark":
            wanted[figure.subject, figure.window] = figure
    for (coin, window), figure in wanted.items():
        interval, step = ("1m", MINUTE) if window <= FINE else ("1h", HOUR)
        bars = read(coin, interval, now - window - 2 * step, now)
        past = [Seen(bar.t, bar.o) for bar in sorted(bars, key=lambda bar: bar.t) if bar.t < now]
        evaluator.coins.seed(figure, past)
    return len(wanted)
