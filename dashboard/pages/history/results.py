"""``/history/``: what was earned: a month as a heat map, totals, and results by coin, dex, wallet or time."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from dashboard.pages.history.calendar import before, following, month_context, states_of
from dashboard.pages.history.cells import Cell, Column, cost, gain, sum_of
from dashboard.pages.history.frame import FIRST_DAY, Page, page_of
from dashboard.pages.history.lists import owned
from dashboard.pages.history.rows import Cells, coin_cell
from dashboard.pages.history.scope import Scope
from dashboard.pages.history.statistics import at_present_prices, fees, figures_of, usd
from dashboard.pages.history.table_html import lines_html
from dashboard.pages.money import money
from snapshots.pnl.executions import dex_of, kind_of
from snapshots.pnl.statistics import Statistics, statistics
from snapshots.results import (
    Earned,
    Result,
    bring_up_to_date,
    day_results,
    deepest_fall,
    earned_by,
    money_of_coins,
)
from snapshots.trips import MOST_FILLS, Window, window

BY = {"coin": "Coin", "dex": "Dex", "wallet": "Wallet", "day": "Day", "week": "Week", "month": "Month"}
MONTHS = 12
MOST_LINES = 100
RESULTS = [
    Column("name", "Of"),
    Column("fills", "Fills", True),
    Column("value", "Volume", True),
    Column("profit", "Price PnL", True, "The exchange's closedPnl, before fees"),
    Column("fee", "Fees", True),
    Column("funding", "Funding", True, "Received with a plus, paid with a minus"),
    Column("gain", "Net", True, "Price PnL less fees, with funding"),
]


@owned
def results(request: HttpRequest) -> HttpResponse:
    """Without dates: the month that the calendar shows; by week or month the year that ends with it."""
    page = page_of(request, "history", {"by": BY, "month": None})
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
    lines = earned(chosen, key_of(by))
    context = {
        "calendar": month_context(month, in_month, states, scope.times, page.query),
        "by": by,
        "bys": [(name, text, page.query.address(by="" if name == "coin" else name)) for name, text in BY.items()],
        "result_columns": [Column("name", BY[by]), *RESULTS[1:]],
        "result_lines": result_lines(by, lines, page),
        "result_count": len(lines),
        "result_more": max(0, len(lines) - MOST_LINES),
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


def key_of(by: str) -> Callable[[Result], Hashable]:
    """What lines of the table are told apart by."""
    keys: dict[str, Callable[[Result], Hashable]] = {
        "coin": lambda row: row.coin,
        "dex": lambda row: dex_of(row.coin) if kind_of(row.coin) == "perp" else kind_of(row.coin),
        "wallet": lambda row: row.account,
        "day": lambda row: row.day,
        "week": lambda row: row.day - timedelta(days=row.day.weekday()),
        "month": lambda row: row.day.replace(day=1),
    }
    return keys[by]


def result_lines(by: str, found: Mapping[Any, Earned], page: Page) -> str:
    """The table's rows: what earned or lost most first, times newest first."""
    if by in ("day", "week", "month"):
        order = sorted(found.items(), key=lambda item: item[0], reverse=True)
    else:
        order = sorted(found.items(), key=lambda item: abs(item[1].net), reverse=True)
    cells = [{"name": name_cell(by, key, page), **earned_cells(one)} for key, one in order[:MOST_LINES]]
    return lines_html([Column("name", BY[by]), *RESULTS[1:]], cells)


def name_cell(by: str, key: Any, page: Page) -> Cell:
    """What a line is of, leading to its fills."""
    scope, query = page.scope, page.query
    match by:
        case "coin":
            return coin_cell(scope.coins, key)
        case "dex":
            return Cell({"": "Hyperliquid", "spot": "Spot", "outcome": "Outcomes"}.get(key, key))
        case "wallet":
            return Cell(scope.name(key), href=query.address(wallet=scope.accounts[key].address))
    last = {"day": key, "week": key + timedelta(days=6), "month": following(key) - timedelta(days=1)}[by]
    text = {"day": f"{key:%a %-d %b %Y}", "week": f"Week of {key:%-d %b %Y}", "month": f"{key:%B %Y}"}[by]
    narrow = query.address(start=key, end=last, by="" if by == "day" else "day", month=f"{key:%Y-%m}")
    return Cell(text, href=narrow)


def earned_cells(one: Earned) -> Cells:
    """The figures of a line."""
    return {
        "fills": Cell(f"{one.fills:,}"),
        "value": sum_of(one.volume),
        "profit": gain(one.price),
        "fee": cost(one.fees),
        "funding": gain(one.funding) if one.funding else Cell("—"),
        "gain": gain(one.net),
    }


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
        usd("Deepest fall", -deepest_fall(nets), "of the running net, by day"),
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
