"""``/``: what this is, with a few live figures, and the way in. Nobody has to sign in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dashboard.mirror import mirror
from dashboard.pages.markets_query import Query
from dashboard.pages.markets_row import tone

CARDS = 6


async def landing(request: HttpRequest) -> HttpResponse:
    """The start page; its cards are the most traded perps."""
    snapshot = mirror.snapshot("markets")
    rows = list(snapshot.rows.values()) if snapshot else []
    live = [row for row in rows if not row["delisted"]]
    most_traded = Query(kind="perps").select(live, set())[:CARDS]
    request.streams = ("prices", "contexts")
    context = {
        "streams": " ".join(request.streams),
        "cards": [{"row": row, "tone": tone(row["change"])} for row in most_traded],
        "perps": sum(row["kind"] == "perp" for row in live),
        "spot": sum(row["kind"] == "spot" for row in live),
        "dexes": len({row["dex"] for row in live if row["kind"] == "perp"}),
    }
    response = render(request, "landing.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response
