"""``/markets/``: every market in one table."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from dashboard.mirror import mirror
from dashboard.pages.cookies import favourites
from dashboard.pages.freshness import clock_text, feed_now
from dashboard.pages.markets_query import COLUMNS, FIRST_DEX, KINDS, Query
from dashboard.pages.markets_row import blank_html, row_html

HEADINGS = {
    "name": ("Market", ""),
    "mark": ("Mark", "Mark price, used for margin and liquidation"),
    "change": ("24 h", "Change of the mark price against 24 hours ago"),
    "volume": ("Volume", "Traded in 24 hours, USD"),
    "oi": ("Open interest", "Coins outstanding, one side, at the mark price, USD"),
    "funding": ("Funding", "Running estimate of this hour's rate; positive: longs pay shorts"),
    "apr": ("APR", "Hourly funding × 24 × 365"),
    "premium": ("Premium", "Impact price over oracle"),
}
STREAMS = ("prices", "contexts", "spot")
KIND_NAMES = {
    "all": "All",
    "favourites": "Favourites",
    "perps": "Perps",
    "builders": "Builder dexes",
    "spot": "Spot",
}


async def markets(request: HttpRequest) -> HttpResponse:
    """The table as it stands now; a script then joins ``markets`` and keeps it moving."""
    snapshot = mirror.snapshot("markets")
    rows = snapshot.rows if snapshot else {}
    now = feed_now(mirror.status())
    query, starred = Query.of(request.GET.dict()), favourites(request)
    chosen = query.select(rows.values(), set(starred))
    request.streams = STREAMS
    context = {
        "section": "markets",
        "streams": " ".join(STREAMS),
        "query": query,
        "columns": columns(query),
        "kinds": [(kind, KIND_NAMES[kind], query.address(kind=kind, dex="", category="")) for kind in KINDS],
        "dexes": sorted(
            ({row["dex"] or FIRST_DEX for row in rows.values() if row["kind"] == "perp"} | {query.dex}) - {""},
            key=_first_dex_first,
        ),
        "categories": sorted(({row["category"] for row in rows.values()} | {query.category}) - {""}),
        "rows": table_rows(chosen, set(starred)),
        "blank": safe(blank_html()),
        "shown": len(chosen),
        "total": len(rows),
        "as_of": clock_text(snapshot.time or snapshot.received or now) if snapshot else None,
        "next_funding": next_hour(now),
        "address": request.get_full_path(),
    }
    response = render(request, "markets/page.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


def table_rows(rows: Iterable[Mapping[str, Any]], starred: set[str]) -> str:
    """The rows' HTML in order."""
    return safe("\n".join(row_html(row, row["coin"] in starred) for row in rows))


def safe(html: str) -> str:
    """HTML of ``markets_row``, where every value was escaped when it was made."""
    return mark_safe(html)  # noqa: S308


def columns(query: Query) -> list[dict[str, str]]:
    """The head of the table: each column's name, meaning, sorting link and state."""
    order = "descending" if query.descending else "ascending"
    return [
        {
            "name": name,
            "text": HEADINGS[name][0],
            "meaning": HEADINGS[name][1],
            "link": query.address(sort=(turned := query.sorted_by(name)).sort, descending=turned.descending),
            "order": order if name == query.sort else "none",
        }
        for name in COLUMNS
    ]


def next_hour(now: int | None) -> str | None:
    """When funding is paid next, on the hour UTC: ``13:00``."""
    return None if now is None else clock_text((now // 3_600_000 + 1) * 3_600_000)[:5]


def _first_dex_first(name: str) -> tuple[bool, str]:
    return name != FIRST_DEX, name
