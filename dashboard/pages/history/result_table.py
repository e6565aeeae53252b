"""The table of results: what was earned by coin, dex, wallet, day, week or month."""

from collections.abc import Callable, Hashable, Mapping
from datetime import timedelta
from typing import Any

from dashboard.pages.history.calendar import following
from dashboard.pages.history.cells import Cell, Column, cost, gain, sum_of
from dashboard.pages.history.frame import Page
from dashboard.pages.history.order import Values, headings, ordered
from dashboard.pages.history.rows import Cells, coin_cell
from dashboard.pages.history.table_html import lines_html
from snapshots.pnl.executions import dex_of, kind_of
from snapshots.results import Earned, Result

BY = {"coin": "Coin", "dex": "Dex", "wallet": "Wallet", "day": "Day", "week": "Week", "month": "Month"}
MOST_LINES = 100
FIGURES = [
    Column("fills", "Fills", True),
    Column("value", "Volume", True),
    Column("profit", "Price PnL", True, "The exchange's closedPnl, before fees"),
    Column("fee", "Fees", True),
    Column("funding", "Funding", True, "Received with a plus, paid with a minus"),
    Column("gain", "Net", True, "Price PnL less fees, with funding"),
]


TIMES = ("day", "week", "month")
VALUES: Values[tuple[Any, Earned]] = {
    "name": lambda item: item[0],
    "fills": lambda item: item[1].fills,
    "value": lambda item: item[1].volume,
    "profit": lambda item: item[1].price,
    "fee": lambda item: item[1].fees,
    "funding": lambda item: item[1].funding,
    "gain": lambda item: item[1].net,
}
"""What the table can be sorted by; names by what is read (``result_lines``)."""


def columns_of(by: str) -> list[Column]:
    """The head of the table."""
    return [Column("name", BY[by]), *FIGURES]


def table_context(by: str, lines: Mapping[Any, Earned], page: Page) -> dict[str, Any]:
    """For ``results.html``."""
    return {
        "by": by,
        "bys": [(name, text, page.query.address(by="" if name == "coin" else name)) for name, text in BY.items()],
        "result_columns": headings(columns_of(by), page.query, VALUES, usual_of(by)),
        "result_lines": result_lines(by, lines, page),
        "result_count": len(lines),
        "result_more": max(0, len(lines) - MOST_LINES),
    }


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
    """The table's rows as they are asked for; else what earned or lost most first, times newest first."""
    order = list(found.items())
    if by in TIMES:
        order.sort(key=lambda item: item[0], reverse=True)
    else:
        order.sort(key=lambda item: abs(item[1].net), reverse=True)
    if (sort := page.query.sort).removeprefix("-") == "name":
        names = {key: key if by in TIMES else name_cell(by, key, page).text.lower() for key in found}
        order = ordered(order, sort, {"name": lambda item: names[item[0]]})
    elif sort:
        order = ordered(order, sort, VALUES)
    cells = [{"name": name_cell(by, key, page), **earned_cells(one)} for key, one in order[:MOST_LINES]]
    return lines_html(columns_of(by), cells)


def usual_of(by: str) -> str:
    """The order of the table unless another one is asked for; what earned or lost most is no column of it."""
    return "-name" if by in TIMES else ""


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
