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
MINUTE, QUARTER, HOUR = 60_000, 900_000, 3_600_000
LONGEST_MS = 7 * 24 * HOUR
"""What was before is not looked up."""
SHORT = 5_000
"""So long nobody may have looked without a question to the exchange; a takeover lasts longer."""
FINE = 6 * HOUR
"""Windows up to this long are filled from bars of a minute, longer ones from bars of an hour."""


def coins(evaluator: Evaluator, since: int, now: int) -> list[str]:
    """Whose candles tell what was missed from ``since`` (of ``Evaluator.start``) to ``now``: one request each, for
    those with alerts alone, first where most wait. None if nothing was missed."""
    if not since or now - since <= SHORT:
        return []
    count = Counter[str]()
    for figure, slot in evaluator.watch.slots.items():
        if figure.metric in PRICES:
            count[figure.subject] += len(slot)
    return [coin for coin, alerts in count.most_common() if alerts]


def missed_bars(read: ReadBars, coin: str, since: int, now: int) -> list[Candle]:
    """The candles of one of them, from the bar before ``since`` on: of a minute where it can still be told; of a
    quarter of an hour, ``LONGEST_MS`` of them at most, where it is only written down."""
    begin, fine = max(since, now - LONGEST_MS), _fine_from(now)
    if begin >= fine:
        return list(read(coin, "1m", begin - begin % MINUTE - MINUTE, now))
    older = [bar for bar in read(coin, "15m", begin - begin % QUARTER - QUARTER, fine) if bar.t < fine]
    return [*older, *(bar for bar in read(coin, "1m", fine, now) if bar.t >= fine)]


def is_long(since: int, now: int) -> bool:
    """Whether each coin costs two requests."""
    return since < _fine_from(now)


def _fine_from(now: int) -> int:
    return (now - TOO_LATE_MS) // QUARTER * QUARTER


def show(evaluator: Evaluator, bars: Mapping[str, list[Candle]], since: int, now: int) -> None:
    """Show what prices did from ``since`` to ``now``, coin by coin, in order of time, before the first event."""
    evaluator.show(_paths(evaluator, bars, since, now))


def show_late(evaluator: Evaluator, coin: str, bars: list[Candle], since: int, now: int) -> bool:
    """The same of one coin beside live evaluation, and then what stands; False: one of its alerts is busy.

    An alert of which something was decided meanwhile passes over what was before that.
    """
    slots = [slot for name in PRICES if (slot := evaluator.watch.slots.get(Figure(name, coin))) and len(slot)]
    if any(slot.busy for slot in slots):
        return False
    present = [(slot.figure, Seen(evaluator.watch.now, slot.value)) for slot in slots]
    evaluator.show([*_paths(evaluator, {coin: bars}, since, now), *present])
    return True


def _paths(
    evaluator: Evaluator, bars: Mapping[str, list[Candle]], since: int, now: int
) -> Iterator[tuple[Figure, Seen]]:
    since = max(since, now - LONGEST_MS)
    step = QUARTER if is_long(since, now) else MINUTE
    paths = []
    for figure, slot in evaluator.watch.slots.items():
        if figure.metric in PRICES and len(slot) and figure.subject in bars:
            path = [one for one in candle_path(bars[figure.subject]) if one.value is not None and one.at < now]
            paths.append(_rows(figure, _from(path, since, step)))
    return ((figure, seen) for _, figure, seen in merge(*paths, key=lambda row: row[0]))


def _from(path: list[Seen], since: int, step: int) -> list[Seen]:
    """What stood before the bar of ``since``, that bar, which is ``step`` ms long, and the rest.

    Of that bar a part was watched, and it does not say which. So it is shown at its very beginning: to alerts of
    which nothing was decided in it, or one that has fired and recovered would do so again.
    """
    begin = since - since % step
    partly = [one for one in path if begin <= one.at < begin + step]
    return [
        *[one for one in path if one.at < begin][-1:],
        *[Seen(begin + number, one.value) for number, one in enumerate(partly)],
        *[one for one in path if one.at >= begin + step],
    ]


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
