"""The month as a heat map: what each day earned, and whether everything that happened on it is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dashboard.pages.history.times import Times
from dashboard.pages.money import exact, short, signed
from snapshots.covered import BEFORE, COVERED, GAP, Record, together
from snapshots.pnl.executions import ZERO
from snapshots.results import Earned

SHADES = 4
WORDS = {GAP: "something may be missing", BEFORE: "before the record begins", "unknown": "not known"}


@dataclass(frozen=True, slots=True)
class Day:
    """A field of the calendar. ``shade`` is 0 for nothing, else 1 to SHADES; ``state`` empty when complete."""

    day: date
    text: str
    tone: str
    shade: int
    fills: int
    title: str
    state: str
    is_outside: bool
    is_future: bool
    is_today: bool

    @property
    def count(self) -> str:
        """How many fills, with separators."""
        return f"{self.fills:,}"


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday, and what its days of this month earned together."""

    days: list[Day]
    text: str
    tone: str


def weeks_of(month: date, earned: Mapping[date, Earned], states: Mapping[date, str], times: Times) -> list[Week]:
    """The weeks that touch the month; days outside of it are empty."""
    strongest = max((abs(one.net) for one in earned.values()), default=ZERO)
    first = month - timedelta(days=month.weekday())
    weeks = []
    while first < following(month):
        dates = [first + timedelta(days=n) for n in range(7)]
        inside = [earned[day].net for day in dates if day in earned and day.month == month.month]
        total = sum(inside, ZERO)
        days = [_day(day, month, earned.get(day), states.get(day, ""), strongest, times) for day in dates]
        weeks.append(Week(days, short(total) if inside else "", tone_of(total)))
        first += timedelta(days=7)
    return weeks


def _day(day: date, month: date, one: Earned | None, state: str, strongest: Decimal, times: Times) -> Day:
    is_outside = day.month != month.month
    when = {"is_outside": is_outside, "is_future": day > times.today, "is_today": day == times.today}
    if one is None or is_outside or not (one.fills or one.payments):
        return Day(day, "", "", 0, 0, WORDS.get(state, ""), state, **when)
    words = [
        f"net {exact(one.net, 'USD')}",
        f"price PnL {signed(one.price)}, fees {signed(-one.fees)}, funding {signed(one.funding)}",
        f"{one.fills} fills",
        *([WORDS[state]] if state in WORDS else []),
    ]
    share = abs(one.net) / strongest if strongest else ZERO
    shade = min(SHADES, 1 + int(share * SHADES)) if one.net else 0
    return Day(day, short(one.net), tone_of(one.net), shade, one.fills, "; ".join(words), state, **when)


def states_of(month: date, record: Record, wallets: Sequence[Sequence[str]], times: Times) -> dict[date, str]:
    """Days of the month on which not everything is known, by the weakest claim of any wallet's streams."""
    streams = [stream for wallet in wallets for stream in wallet]
    found = {}
    day = month
    while day < following(month) and times.starts(day) < times.now:
        stretches = together(record, streams, times.starts(day), min(times.ends(day), times.now))
        if day == times.today and stretches[-1].state == "unknown":
            stretches.pop()  # the record is always a little behind; that is no hole
        said = {stretch.state for stretch in stretches}
        if weakest := next((state for state in (GAP, "unknown", BEFORE) if state in said), ""):
            found[day] = weakest
        day += timedelta(days=1)
    return found


def following(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def before(month: date) -> date:
    """The first day of the month before."""
    return (month.replace(day=1) - timedelta(days=1)).replace(day=1)


def tone_of(value: Decimal) -> str:
    """The class of a gain or a loss."""
    return "up" if value > 0 else "down" if value < 0 else ""


def month_context(
    month: date, earned: Mapping[date, Earned], states: Mapping[date, str], times: Times, query: Any
) -> dict[str, Any]:
    """For ``_calendar.html``."""
    total = sum((one.net for day, one in earned.items() if day.month == month.month), ZERO)
    is_last = following(month) > times.today
    return {
        "month": month,
        "weeks": weeks_of(month, earned, states, times),
        "total": signed(total) if earned else "",
        "total_tone": tone_of(total),
        "earlier": query.address(month=f"{before(month):%Y-%m}"),
        "later": "" if is_last else query.address(month=f"{following(month):%Y-%m}"),
        "has_unsure": any(state != COVERED for state in states.values()),
    }
