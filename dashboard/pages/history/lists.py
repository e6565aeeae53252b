"""``/history/fills/``, ``/funding/``, ``/flows/`` and ``/orders/``: what happened, newest or oldest first."""

from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dashboard.pages.history.cells import Column
from dashboard.pages.history.frame import Page, choice, not_yours, page_of
from dashboard.pages.history.order import BY_TIME, NEWEST_FIRST, Heading, headings
from dashboard.pages.history.rows import FILLS, FUNDING, fill_cells, funding_cells, shown
from dashboard.pages.history.rows_flows import FLOWS, WORDS, flow_cells
from dashboard.pages.history.rows_orders import ENDINGS, ORDERS, ended, order_cells
from dashboard.pages.history.scope import NotYours
from dashboard.pages.history.sums import collaterals_of, fill_totals, funding_totals
from snapshots.models import CashFlow, ClosedOrder, Fill, FundingPayment
from snapshots.models.history import HistoryQuerySet
from snapshots.pnl.flows import KINDS

SIZE = 50
SIDES = (("", "Buys and sells"), ("buy", "Buys"), ("sell", "Sells"))
LETTERS = {"buy": "B", "sell": "A"}
View = Callable[..., HttpResponse]


def owned(view: View) -> View:
    """For who is signed in, reading only; somebody else's address is answered like nobody's."""

    @login_required
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotYours as error:
            return not_yours(request, error)

    return guarded


@owned
def fills(request: HttpRequest) -> HttpResponse:
    """Executions, slices of TWAPs among them."""
    kinds = (("", "All kinds"), ("liquidation", "Liquidations"))
    page = page_of(request, "history-fills", {"side": LETTERS, "kind": ("liquidation",)}, BY_TIME)
    rows = within(page, Fill.objects.all())
    if page.query.word("side"):
        rows = rows.filter(side=LETTERS[page.query.word("side")])
    if page.query.word("kind"):
        rows = rows.liquidations()
    context = table(page, rows)
    context["rows"] = [fill_cells(row, page.scope) for row in context["rows"]]
    context["columns"] = by_time(FILLS, page)
    if not page.query.words:
        context |= fill_totals(page)
    context["choices"] = [choice(page.query, "side", "Side", SIDES), choice(page.query, "kind", "Kind", kinds)]
    return page.answer("history/list.html", context)


@owned
def funding(request: HttpRequest) -> HttpResponse:
    """Hourly payments of each position."""
    page = page_of(request, "history-funding", sorts=BY_TIME)
    context = table(page, within(page, FundingPayment.objects.all()))
    tokens = collaterals_of(page, [row.coin for row in context["rows"]])
    context["rows"] = [funding_cells(row, page.scope, tokens) for row in context["rows"]]
    context["columns"] = by_time(FUNDING, page)
    context |= funding_totals(page)
    return page.answer("history/list.html", context)


@owned
def flows(request: HttpRequest) -> HttpResponse:
    """Deposits, withdrawals, transfers and whatever else the ledger says."""
    page = page_of(request, "history-flows", {"kind": None}, BY_TIME)
    rows = CashFlow.objects.between(*page.span)
    if kind := page.query.word("kind"):
        rows = rows.kinds([kind])
    context = table(page, rows)
    context["rows"] = [flow_cells(row, page.scope) for row in context["rows"]]
    context["columns"] = by_time(FLOWS, page)
    kinds = with_others(KINDS, [*CashFlow.objects.words(page.scope.numbers, "kind"), kind])
    choices = [("", "All kinds"), *((one, WORDS.get(one, one)) for one in kinds)]
    context["choices"] = [choice(page.query, "kind", "Kind", choices)]
    context["without_coin"] = True
    return page.answer("history/list.html", context)


@owned
def orders(request: HttpRequest) -> HttpResponse:
    """Orders that rest no more."""
    page = page_of(request, "history-orders", {"side": LETTERS, "status": None}, BY_TIME)
    rows = within(page, ClosedOrder.objects.all())
    if page.query.word("side"):
        rows = rows.filter(side=LETTERS[page.query.word("side")])
    if how := page.query.word("status"):
        rows = rows.ended(how)
    context = table(page, rows)
    context["rows"] = [order_cells(row, page.scope) for row in context["rows"]]
    context["columns"] = by_time(ORDERS, page)
    stored = ClosedOrder.objects.words(page.scope.numbers, "status")
    endings = [("", "However ended"), *((word, ended(word)) for word in with_others(ENDINGS, [*stored, how]))]
    context["choices"] = [
        choice(page.query, "side", "Side", SIDES),
        choice(page.query, "status", "Ended", endings),
    ]
    return page.answer("history/list.html", context)


def with_others(known: Iterable[str], said: Iterable[str]) -> list[str]:
    """The words that are always to be chosen from, and after them what the exchange has said besides."""
    return list(dict.fromkeys([*known, *filter(None, said)]))


def within(page: Page, rows: Any) -> Any:
    """Those of the coin and the time that were asked for."""
    rows = rows.between(*page.span)
    return rows.coin(page.query.coin) if page.query.coin else rows


def by_time(columns: Iterable[Column], page: Page) -> list[Heading]:
    """The head of a ledger."""
    return headings(shown(columns, page.scope), page.query, BY_TIME, NEWEST_FIRST)


def table(page: Page, rows: HistoryQuerySet) -> dict[str, Any]:
    """One page of rows and the address of the next one, in the order that is asked for; one query."""
    is_forward = page.query.sort == "time"
    found: Sequence[Any] = list(rows.page(page.scope.numbers, SIZE + 1, page.query.cursor, is_forward))
    last = found[SIZE - 1] if len(found) > SIZE else None
    return {
        "rows": found[:SIZE],
        "is_forward": is_forward,
        "oldest": min((row.time for row in found[:SIZE]), default=None),
        "older": page.query.address(after=f"{last.time}-{last.pk}") if last else "",
        "newest": page.query.address() if page.query.cursor else "",
    }
