"""Preview: what an alert would have done in the past, by the very machine that runs live.

    outcome = preview(alert.rule, candle_path(bars), start, end)

The past is a list of ``Seen``: recorded events, or candles turned into the path that ``candle_path`` tells. What
is not known (holes between bars) is None, as live; so no firing is claimed where nobody could have seen one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from alerts.figure import Seen
from alerts.machine import Machine
from alerts.rule import NEW, Rule, State, Transition
from alerts.trail import Trail
from exchange.wire.market import Candle


@dataclass(frozen=True, slots=True)
class Episode:
    """From one firing to its recovery (None: it went on)."""

    began: int
    ended: int | None
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """``made`` is every transition, ``known`` the share (0 to 1) of the time for which there are data."""

    made: tuple[Transition, ...]
    episodes: tuple[Episode, ...]
    known: Decimal

    @property
    def fired(self) -> int:
        """How often it would have fired."""
        return len(self.episodes)


def preview(rule: Rule, past: Iterable[Seen], start: int, end: int) -> Outcome:
    """What this rule would have done between ``start`` and ``end``, Unix ms, had it been made at ``start``.

    Its expiry, its snooze and its acknowledgement are of today and are left out; so are reminders.
    """
    timeless = replace(rule, expires_at=None, snoozed_until=None, remind_every=0, escalate_after=0)
    seen = [one for one in past if one.at < end]
    machine = Machine(timeless, State(NEW, since=start))
    before = [one for one in seen if one.at <= start]
    shown = [Seen(start, before[-1].value)] if before else []
    shown += [one for one in seen if one.at > start]
    machine.show(shown)
    machine.pass_time(end, shown[-1].value if shown else None)
    return Outcome(tuple(machine.made), tuple(_episodes(machine.made)), _known(shown, start, end))


def without_hysteresis(rule: Rule) -> Rule:
    """The same rule, to be compared with."""
    return replace(rule, recovery=None)


def candle_path(bars: Sequence[Candle]) -> Iterator[Seen]:
    """A bar as four moments in its span: open, the two extremes, close; None where bars are missing.

    A bar does not say which extreme came first: a falling one is taken to have risen first, and the other way
    round, which is the shorter path. So a crossing within a bar is found, and flapping within one may not be.
    """
    closed: int | None = None
    for bar in sorted(bars, key=lambda bar: bar.t):
        if closed is not None and bar.t > closed + 1:
            yield Seen(closed + 1, None)
        quarter = (bar.T + 1 - bar.t) // 4
        middle = (bar.l, bar.h) if bar.c >= bar.o else (bar.h, bar.l)
        for part, value in enumerate((bar.o, *middle, bar.c)):
            yield Seen(bar.t + part * quarter, value)
        closed = bar.T
    if closed is not None:
        yield Seen(closed + 1, None)


def change_path(path: Iterable[Seen], window: int, how: str = "change") -> Iterator[Seen]:
    """The figure ``change`` or ``move`` over a path of prices, as live: None until the window is known."""
    trail = Trail(window)
    for at, price in path:
        trail.add(at, price)
        change = None if price is None else trail.change(price)
        yield Seen(at, abs(change) if change is not None and how == "move" else change)


def _episodes(made: Iterable[Transition]) -> Iterator[Episode]:
    begun: Transition | None = None
    for one in made:
        if one.what == "fired":
            begun = one
        elif one.what == "recovered" and begun:
            yield Episode(begun.at, one.at, begun.value)
            begun = None
    if begun:
        yield Episode(begun.at, None, begun.value)


def _known(shown: Sequence[Seen], start: int, end: int) -> Decimal:
    """The share of the time in which a value stood."""
    known, since = 0, None
    for at, value in [*shown, Seen(end, None)]:
        if since is not None and value is None:
            known += at - since
            since = None
        elif since is None and value is not None:
            since = at
    return Decimal(known) / (end - start) if end > start else Decimal(0)
