"""``/history/``: what was earned: a month as a heat map, totals, and results by coin, dex, wallet or time."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from dashboard.pages.history.calendar import before, following, month_context, states_of
from dashboard.pages.history.frame import FIRST_DAY, Page, page_of
from dashboard.pages.history.lists import owned
from dashboard.pages.history.result_table import BY, VALUES, key_of, table_context
from dashboard.pages.history.scope import Scope
from dashboard.pages.history.statistics import at_present_prices, fees, figures_of, usd
from dashboard.pages.money import money
from snapshots.pnl.statistics import Statistics, statistics
from snapshots.results import (
    Earned,
    Result,
    bring_up_to_date,
    day_results,
    earned_by,
    max_drawdown,
    money_of_coins,
)
from snapshots.trips import MOST_FILLS, Window, window

MONTHS = 12


@owned
def results(request: HttpRequest) -> HttpResponse:
    """Without dates: the month that the calendar shows; by week or month the year that ends with it."""
    page = page_of(request, "history", {"by": BY, "month": None}, VALUES)
    scope, by = page.scope, page.query.word("by") or "coin"
    month = month_of(page)
    first, last = span_of(page, month, by)
    bring_up_to_date(scope.numbers, scope.times.name)
    start, end = min(first, month), max(last, following(month) - timedelta(days=1))
    rows = day_results(scope.numbers, scope.times.name, start, end, page.query.coin)
    tokens = money_of_coins(rows, scope.coins.pairs)
    chosen = [row for row in rows if first <= row.day <= last]

    def earned(some: Sequence[Result], key: Callable[[Result], Hashable]) -> Mapping[Any, Earned]:
        return earned_by(some, key, tokens, scope.coins.price)

    in_month = earned([row for row in rows if row.day.replace(day=1) == month], lambda row: row.day)
    states = states_of(month, page.record, page.streams, scope.times)
    context = {
        "calendar": month_context(month, in_month, states, scope.times, page.query),
        **table_context(by, earned(chosen, key_of(by)), page),
        "coverage": page.coverage(*covered_span(page, first, last)),
        "first": first,
        "is_all": first == FIRST_DAY,
        "last": min(last, scope.times.today),
        **totals(page, chosen, earned(chosen, lambda row: row.day), first, last),
    }
    return page.answer("history/results.html", context)


def month_of(page: Page) -> date:
    """The first day of the month of the address, else of the last day asked for, else of today."""
    try:
        asked = date.fromisoformat(f"{page.query.word('month')}-01")
    except ValueError:
        asked = page.query.end or page.scope.times.today
    return max(FIRST_DAY, min(asked, page.scope.times.today)).replace(day=1)


def span_of(page: Page, month: date, by: str) -> tuple[date, date]:
    """The days that the figures and the table are of."""
    query, last = page.query, following(month) - timedelta(days=1)
    if query.start or query.end:
        return query.start or FIRST_DAY, query.end or page.scope.times.today
    first = month
    for _ in range(MONTHS - 1 if by in ("week", "month") else 0):
        first = before(first)
    return first, last


def covered_span(page: Page, first: date, last: date) -> tuple[int | None, int | None]:
    """What the coverage is drawn of: the days shown; of everything, from where the record begins."""
    times = page.scope.times
    if first > FIRST_DAY:
        return times.starts(first), times.ends(last)
    return None, times.ends(last)


def totals(
    page: Page, rows: Sequence[Result], by_day: Mapping[date, Earned], first: date, last: date
) -> dict[str, Any]:
    """The figures of the whole time, of days and of trips, and what they leave out."""
    scope = page.scope
    whole = earned_by(rows, lambda row: "", money_of_coins(rows, scope.coins.pairs), scope.coins.price)
    one = whole.get("", Earned())
    held, found = trips_in(page, first, last)
    nets = [day.net for _, day in sorted(by_day.items())]
    best, worst = max(nets, default=None), min(nets, default=None)
    days = [
        usd("Net", one.net, "price PnL less fees, with funding"),
        usd("Price PnL", one.price, "of what was closed"),
        fees(one.fees, f"on {money(one.volume)}"),
        usd("Funding", one.funding),
        usd("Best day", best if best and best > 0 else None),
        usd("Worst day", worst if worst and worst < 0 else None),
        usd("Max drawdown", -max_drawdown(nets), "of the running net, by day"),
    ]
    return {
        "totals": days if rows else [],
        "totals_note": at_present_prices(one.tokens | one.unpriced, scope.coins),
        "trip_figures": figures_of(found),
        "trip_note": trip_note(held, first, scope),
    }


def trips_in(page: Page, first: date, last: date) -> tuple[Window, Statistics]:
    """Statistics of the trips that were closed in this time."""
    scope = page.scope
    until = scope.times.ends(last) if last < scope.times.today else None
    held = window(list(scope.accounts.values()), page.query.coin, until, scope.coins.pairs)
    start = scope.times.starts(first)
    closed = [one.trip for one in held.journeys if one.trip.closed is not None and one.last >= start]
    return held, statistics(closed, scope.coins.price)


def trip_note(held: Window, first: date, scope: Scope) -> str:
    """Whether the trips are all that there were."""
    if held.is_cut and held.since is not None and held.since > scope.times.starts(first):
        return f"Only of trips within the {MOST_FILLS:,} fills since {scope.times.near(held.since)}."
    return ""
