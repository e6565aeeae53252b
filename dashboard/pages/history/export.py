"""``/history/export/``: what to take away, and the ZIP of it, which is made while it is sent (docs/export.md)."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from weakref import WeakValueDictionary

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.pieces import LongAnswer, in_thread
from dashboard.pages.history.frame import Page, page_of
from dashboard.pages.history.lists import owned
from snapshots.export.lines import FORMATS
from snapshots.export.selection import Selection
from snapshots.export.tables import TABLES, Table
from snapshots.export.write import Export, as_zip

MOST_AT_ONCE = 3
"""Exports that a process makes at the same time: each takes a connection to the database and much of a core."""
WORDS = {
    "fills": "every execution, slices of TWAPs included",
    "funding": "what each position paid and got, by the hour",
    "cash_flows": "deposits, withdrawals, transfers, rewards …",
    "orders": "filled, canceled, rejected",
    "positions": "as they stood, minute by minute where they changed",
    "equity": "what each wallet was worth, and how that was worked out",
    "trip_notes": "what you wrote down about your round trips",
    "trades": "everybody's, of the coins that are recorded here: may be large",
    "trade_minutes": "bought and sold in each minute",
}
LEFT_OUT = {"trades", "trade_minutes"}
"""Not of one's own wallets, so only if asked for."""
FORMS = (
    ("csv", "CSV", "for spreadsheets; a text that looks like a formula is made harmless"),
    ("jsonl", "JSON lines", "for programs; amounts are text, so that no digit is lost"),
)


@owned
@never_cache
def export(request: HttpRequest) -> HttpResponse:
    """What there is to choose, with the choice of the address filled in."""
    return show(request, page_of(request, "history-export", {"format": FORMATS}))


def show(request: HttpRequest, page: Page, wrong: str = "", status: int = 200) -> HttpResponse:
    """The page; ``wrong`` says why nothing was sent."""
    chosen = {table.name for table in tables_of(request)} or set(WORDS) - LEFT_OUT
    form = page.query.word("format") or "csv"
    context = {
        "choices": [(name, TABLES[name].title, words, name in chosen) for name, words in WORDS.items()],
        "forms": [(name, title, words, name == form) for name, title, words in FORMS],
        "wrong": wrong,
    }
    response = page.answer("history/export.html", context)
    response.status_code = status
    return response


@owned
@require_GET
@never_cache
def download(request: HttpRequest) -> HttpResponse | LongAnswer:
    """The ZIP, or the page that says what is missing."""
    page = page_of(request, "history-export", {"format": FORMATS})
    tables = tables_of(request)
    if page.query.misread:
        return show(request, page, "Nothing was sent.", 400)
    if not tables:
        return show(request, page, "Nothing was sent: choose at least one table.", 400)
    pieces = as_zip(Export(selection(request, page), tables, page.query.word("format") or "csv"))
    if not connection.in_atomic_block:
        connection.close()  # while it waits for its turn it needs none
    response = LongAnswer(in_turn(request.user.pk, pieces), content_type="application/zip")
    name = f"hyperliquid-{settings.CONFIG.hyperliquid_network}-history-{page.scope.times.today}.zip"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def tables_of(request: HttpRequest) -> list[Table]:
    """Those that the address names, in our order."""
    named = set(request.GET.getlist("table"))
    return [table for name, table in TABLES.items() if name in named]


def selection(request: HttpRequest, page: Page) -> Selection:
    """The user's own: his wallets' accounts, his notes."""
    start, end = page.span
    coins = (page.query.coin,) if page.query.coin else ()
    return Selection(tuple(page.scope.accounts.values()), coins, start, end, request.user)


_everybodys = asyncio.Semaphore(MOST_AT_ONCE)
_own: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()


async def in_turn(user: int, pieces: Iterator[bytes]) -> AsyncGenerator[bytes]:
    """One export of a user at a time, and few at all: others wait."""
    mine = _own.setdefault(user, asyncio.Lock())
    async with mine, _everybodys, aclosing(in_thread(pieces)) as taken:
        async for piece in taken:
            yield piece
