"""``/search/``: markets and one's own wallets by name, as a page and, for the field in the header, as a list."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from asgiref.sync import sync_to_async
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.models import Wallet
from dashboard.mirror import mirror

MOST_MARKETS, MOST_SUGGESTED, LONGEST = 50, 8, 64


class Found(NamedTuple):
    """One result: where it leads, its name, what it is, and a figure of it."""

    url: str
    name: str
    kind: str
    figure: str


async def search(request: HttpRequest) -> HttpResponse:
    """The page; it works without script."""
    return await _answer(request, "search/page.html", MOST_MARKETS)


async def suggestions(request: HttpRequest) -> HttpResponse:
    """The first results alone, for a script that shows them while somebody types."""
    return await _answer(request, "search/_options.html", MOST_SUGGESTED)


async def _answer(request: HttpRequest, template: str, most: int) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:LONGEST]
    snapshot = mirror.snapshot("markets")
    rows = snapshot.rows.values() if snapshot else []
    wallets = await sync_to_async(wallets_named)(request.user, text) if text else []
    context = {
        "text": text,
        "query": {"q": text},
        "wallets": wallets[:most],
        "markets": markets_named(rows, text)[:most] if text else [],
        "waits": not snapshot,
    }
    response = await sync_to_async(render)(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


def markets_named(rows: Iterable[Mapping[str, Any]], text: str) -> list[Found]:
    """Markets whose name has the text in it: those called so first, then the most traded, delisted ones last."""
    wanted = text.lower()
    fitting = [row for row in rows if wanted in f"{row['label']} {row['coin']}".lower()]
    fitting.sort(key=lambda row: (row["delisted"], *_closeness(row, wanted), -(row["n_volume"] or 0), row["coin"]))
    return [
        Found(reverse("market", args=[row["coin"]]), row["label"], _kind(row), row["mark"] or "")
        for row in fitting
    ]


def _closeness(row: Mapping[str, Any], wanted: str) -> tuple[bool, bool]:
    """Whether the row is not called exactly so, and does not begin so; without its dex."""
    names = [name.lower().rpartition(":")[2] for name in (row["label"], row["coin"])] + [row["coin"].lower()]
    return wanted not in names, not any(name.startswith(wanted) for name in names)


def _kind(row: Mapping[str, Any]) -> str:
    kind = "spot" if row["kind"] == "spot" else f"perp on {row['dex']}" if row["dex"] else "perp"
    return f"{kind}, delisted" if row["delisted"] else kind


def wallets_named(user: Any, text: str) -> list[Found]:
    """The user's own wallets by label or address; one query, none for somebody who is not signed in."""
    if isinstance(user, AnonymousUser) or not user.is_authenticated:
        return []
    wanted = text.lower()
    return [
        Found(
            reverse("wallet_portfolio", args=[wallet.address]),
            wallet.label or wallet.checksummed,
            wallet.get_kind_display().lower() + " wallet",
            f"{wallet.checksummed[:6]}…{wallet.checksummed[-4:]}",
        )
        for wallet in Wallet.objects.of(user)
        if wanted in wallet.label.lower() or wanted in wallet.address
    ]
