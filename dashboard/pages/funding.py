"""Funding history of one market, as a table; the script draws the chart from the table's own cells."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from dashboard.history import MOST_HELD, NoHistory, Past, history
from dashboard.mirror import mirror
from dashboard.pages.markets_row import tone
from exchange import figures


async def funding_part(request: HttpRequest) -> HttpResponse:
    """``/parts/funding?coin=``: the very partial of the page, for the script to fetch after each hour."""
    coin = request.GET.get("coin", "")
    markets = mirror.snapshot("markets")
    if markets is None or coin not in markets.rows:
        return HttpResponse("no such market", status=404, content_type="text/plain")
    try:
        past = await history.funding(coin)
    except NoHistory as none:
        return HttpResponse(str(none), status=503, content_type="text/plain")
    response = render(request, "market/_funding.html", {"funding_history": funding_context(past)})
    response["Cache-Control"] = "private, no-cache"
    return response


@lru_cache(MOST_HELD)
def funding_context(past: Past | None) -> dict[str, Any] | None:
    """Lines newest first for ``_funding.html``, and what a week of it adds up to; None: not known now.

    The lines' HTML is made here, once an hour and not once a page.
    """
    if past is None:
        return None
    lines = [
        {
            "t": row.time,
            "at": f"{datetime.fromtimestamp(row.time / 1000, UTC):%d %b %H:%M}",
            "rate": figures.percent(row.funding_rate, 4),
            "n_rate": float(row.funding_rate),
            "apr": figures.percent(row.funding_rate * figures.HOURS_A_YEAR),
            "premium": figures.percent(row.premium, 4),
            "tone": tone(figures.percent(row.funding_rate, 4)),
        }
        for row in reversed(past.rows)
    ]
    rates = [row.funding_rate for row in past.rows]
    mean = sum(rates) / len(rates) if rates else None
    return {
        "lines": render_to_string("market/_funding_lines.html", {"lines": lines}),
        "sum": figures.percent(sum(rates), 4) if rates else figures.percent(None),
        "mean_apr": figures.percent(None if mean is None else mean * figures.HOURS_A_YEAR),
        "hours": len(rates),
        "problem": past.problem,
    }
