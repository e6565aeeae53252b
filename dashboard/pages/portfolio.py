"""``/portfolio/`` and ``/wallets/<address>/``: what wallets hold, what it is worth, and how it came to that.

Live rows come from the topics ``account:0x…``; without them, and for a moment of the past (``?at=``), the page
shows what was stored by then, and says so.
"""

import asyncio
import re

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Wallet
from dashboard.mirror import Snapshot, mirror
from dashboard.pages.history.scope import now_ms
from dashboard.pages.history.times import times_of
from dashboard.pages.portfolio_context import Shown, portfolio_context
from dashboard.pages.portfolio_query import PortfolioQuery

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
FIRST_PAINT_S = 1.5
NOT_YET = "cannot compute yet"
"""So begins the reason why there is no equity as long as a part of it is still to come."""
MOST_LIVE = 50
"""Wallets of one page that are followed live: a socket may join 64 topics."""


@login_required
@require_safe
async def portfolio(request: HttpRequest) -> HttpResponse:
    """All wallets of the user; ``?wallet=0x…`` leads to the page of one."""
    if ADDRESS.fullmatch(chosen := request.GET.get("wallet", "")):
        rest = request.GET.copy()
        del rest["wallet"]
        return redirect(reverse("wallet_portfolio", args=[chosen]) + (f"?{rest.urlencode()}" if rest else ""))
    wallets = await sync_to_async(list)(Wallet.objects.of(request.user))
    return await _page(request, wallets, None)


@login_required
@require_safe
async def wallet(request: HttpRequest, address: str) -> HttpResponse:
    """One wallet; of an address that is not among the user's there is only the offer to add it."""
    wallets = await sync_to_async(list)(Wallet.objects.of(request.user))
    mine = next((one for one in wallets if one.address == address), None)
    if mine is None:
        return await sync_to_async(render)(
            request, "portfolio/unknown.html", {"address": address, "section": "portfolio"}, status=404
        )
    return await _page(request, wallets, mine)


async def _page(request: HttpRequest, wallets: list[Wallet], one: Wallet | None) -> HttpResponse:
    query = PortfolioQuery.of(request.GET.dict(), times_of(request.user, now_ms()))
    shown = [one] if one else wallets
    followed = [each.address for each in shown[:MOST_LIVE]] if query.at is None else []
    request.streams = ("prices", "spot") if followed else ()
    live = await _live(followed)
    return await sync_to_async(_render)(request, Shown(wallets, one, query, live, followed))


async def _live(addresses: list[str]) -> dict[str, Snapshot]:
    """Rows of those accounts of which something was heard, if they come in time; without a feed none will."""
    if not addresses or mirror.status()["feed"] is None:
        return {}
    found = await asyncio.gather(*(mirror.wait(f"account:{one}", FIRST_PAINT_S) for one in addresses))
    return {address: rows for address, rows in zip(addresses, found, strict=True) if rows and is_heard(rows)}


def is_heard(account: Snapshot) -> bool:
    """Whether its positions are known, and what its worth is made of: before that, what was stored says more."""
    summary = account.rows.get("summary", {})
    return summary.get("positions_at") is not None and not summary["reason"].startswith(NOT_YET)


def _render(request: HttpRequest, shown: Shown) -> HttpResponse:
    context = portfolio_context(shown)
    context["address"] = request.get_full_path()
    response = render(request, "portfolio/page.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response
