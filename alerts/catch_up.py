"""Catches up: shows the evaluator what candles know of the time in which nobody evaluated.

Candles are made of trades, so they stand in for mark, mid and last price; of other figures the past is not known,
and a crossing of theirs that came back meanwhile stays unknown. What is decided so says by how much it is late.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from heapq import merge

from alerts.evaluate import Evaluator
from alerts.figure import Figure, Seen
from alerts.metrics.coin import OVER_TIME
from alerts.preview import candle_path
from alerts.verdict import TOO_LATE_MS
from exchange.wire.market import Candle

ReadBars = Callable[[str, str, int, int], Iterable[Candle]]
"""Bars of (coin, interval) that begin between two moments, Unix ms; as ``InfoClient.candles``."""

PRICES = ("mark", "mid", "last")
MINUTE, HOUR = 60_000, 3_600_000
FINE = 6 * HOUR
"""Windows up to this long are filled from bars of a minute, longer ones from bars of an hour."""


def coins(evaluator: Evaluator, since: int, now: int) -> list[str]:
    """Whose candles tell what was missed from ``since`` (of ``Evaluator.start``) to ``now``: one request each, for
    those with alerts alone, first where most wait. None if nothing was missed."""
    if not since or now - since < MINUTE:
        return []
    count = Counter[str]()
    for figure, slot in evaluator.watch.slots.items():
        if figure.metric in PRICES:
            count[figure.subject] += len(slot)
    return [coin for coin, alerts in count.most_common() if alerts]


def missed_bars(read: ReadBars, coin: str, since: int, now: int) -> list[Candle]:
    """The candles of one of them, at most ``TOO_LATE_MS`` of the time, from the bar before it on."""
    begin = max(since, now - TOO_LATE_MS)
    return list(read(coin, "1m", begin - begin % MINUTE - MINUTE, now))


def show(evaluator: Evaluator, bars: Mapping[str, list[Candle]], now: int) -> None:
    """Show what prices did before ``now``, coin by coin, in order of time."""
    paths = []
    for figure, slot in evaluator.watch.slots.items():
        if figure.metric in PRICES and len(slot):
            path = candle_path(bars.get(figure.subject, ()))
            paths.append(_rows(figure, [seen for seen in path if seen.value is not None and seen.at < now]))
    evaluator.show((figure, seen) for _, figure, seen in merge(*paths, key=lambda row: row[0]))


def windows(evaluator: Evaluator) -> list[Figure]:
    """Changes of prices that are not known yet, since their window is not: one for each coin and span."""
    wanted: dict[tuple[str, int], Figure] = {}
    for figure, slot in evaluator.watch.slots.items():
        if len(slot) and OVER_TIME.get(figure.metric, ("",))[0] == "mark":
            window = evaluator.coins.window(figure)
            if window is not None and not window.trail.is_full:
                wanted[figure.subject, figure.window] = figure
    return list(wanted.values())


def window_past(read: ReadBars, figure: Figure, now: int) -> list[Seen]:
    """What candles know of such a window; to be given to its trail (``precede``)."""
    interval, step = ("1m", MINUTE) if figure.window <= FINE else ("1h", HOUR)
    bars = read(figure.subject, interval, now - figure.window - 2 * step, now)
    return [Seen(bar.t, bar.o) for bar in sorted(bars, key=lambda bar: bar.t) if bar.t < now]


def _rows(figure: Figure, path: list[Seen]) -> Iterator[tuple[int, Figure, Seen]]:
    return ((seen.at, figure, seen) for seen in path)
