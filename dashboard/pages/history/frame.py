"""What all history pages have in common: tabs, filters, whose history it is, how complete it is."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboard.pages.history.coverage import coverage_of
from dashboard.pages.history.query import Query
from dashboard.pages.history.scope import NotYours, Scope, name_of, scope_of
from dashboard.pages.history.table_html import lines_html
from snapshots.covered import Record, record_of
from snapshots.models import BackfillProgress

TABS = {
    "history": "Results",
    "history-trips": "Round trips",
    "history-fills": "Fills",
    "history-funding": "Funding",
    "history-flows": "Cash flows",
    "history-orders": "Orders",
    "history-export": "Export",
}
STREAMS = {
    "history": ("fills", "twaps", "fundings"),
    "history-trips": ("fills", "twaps", "fundings"),
    "history-fills": ("fills", "twaps"),
    "history-funding": ("fundings",),
    "history-flows": ("ledger",),
    "history-orders": ("orders",),
    "history-export": ("fills", "twaps", "fundings", "ledger", "orders"),
}
"""What the rows of each page come from; the coverage of all of them counts."""
RANGES = (("7 d", 7), ("30 d", 30), ("90 d", 90), ("1 y", 365))
FIRST_DAY = date(2023, 1, 1)
"""The exchange had no fills before."""


@dataclass(frozen=True)
class Page:
    """One request for a history page."""

    request: HttpRequest
    tab: str
    scope: Scope
    query: Query

    @property
    def span(self) -> tuple[int | None, int | None]:
        """What the dates mean in Unix ms, the end excluded."""
        times, query = self.scope.times, self.query
        start = times.starts(query.start) if query.start else None
        return start, times.ends(query.end) if query.end else None

    @property
    def streams(self) -> list[list[str]]:
        """Of each wallet shown, what its rows come from."""
        return [[f"{one}:{wallet.address}" for one in STREAMS[self.tab]] for wallet in self.scope.chosen]

    @cached_property
    def record(self) -> Record:
        """What is known to be complete of them; one query."""
        return record_of(stream for streams in self.streams for stream in streams)

    def coverage(
        self, start: int | None = None, end: int | None = None, oldest: int | None = None
    ) -> dict[str, Any]:
        """A bar for each wallet shown, of the time asked for unless another is given (Unix ms)."""
        if start is None and end is None:
            start, end = self.span
        names = [name_of(wallet) if self.scope.is_many else "" for wallet in self.scope.chosen]
        lines = zip(names, self.streams, strict=True)
        return coverage_of(lines, self.scope.times, start, end, self.record, oldest)

    def reading(self) -> list[str]:
        """Wallets whose past is being read for the first time, so that rows are still to come; one query."""
        first = BackfillProgress.objects.filter(
            account__in=self.scope.numbers, stream__in=STREAMS[self.tab], since=0
        )
        accounts = first.exclude(state=BackfillProgress.State.DONE).values_list("account", flat=True)
        return [self.scope.name(account) for account in sorted(set(accounts))]

    def answer(self, template: str, context: Mapping[str, Any]) -> HttpResponse:
        """The page, with everything that all of them show."""
        query = self.query
        shared = {
            "section": "history",
            "tab": self.tab,
            "title": TABS[self.tab],
            "tabs": [(name, text, reverse(name) + wallet_of(query)) for name, text in TABS.items()],
            "query": query,
            "scope": self.scope,
            "times": self.scope.times,
            "wallets": [(wallet.address, name_of(wallet)) for wallet in self.scope.wallets],
            "path": self.request.path,
            "ranges": ranges(query, self.scope.times.today, self.tab == "history"),
            "reading": self.reading(),
            "coin_label": self.scope.coins.label(query.coin) if query.coin else "",
        }
        if "coverage" not in context:
            shared["coverage"] = self.coverage(oldest=context.get("oldest"))
        if "columns" in context:
            shared["lines"] = lines_html(context["columns"], context["rows"])
        response = render(self.request, template, {**shared, **context})
        response["Cache-Control"] = "private, no-cache"
        return response


def page_of(
    request: HttpRequest,
    tab: str,
    known: Mapping[str, Collection[str] | None] | None = None,
    sorts: Collection[str] = (),
) -> Page:
    """What was asked for; raises NotYours."""
    query = Query.of(request.GET.dict(), known or {}, sorts)
    scope = scope_of(request, query.wallet)
    if query.coin:
        query = Query(**{**_fields(query), "coin": scope.coins.named(query.coin)})
    return Page(request, tab, scope, query)


def not_yours(request: HttpRequest, error: NotYours) -> HttpResponse:
    """The address is nobody's or another's: both are answered alike."""
    return render(request, "history/not_yours.html", {"address": str(error), "section": "history"}, status=404)


def wallet_of(query: Query) -> str:
    """``?wallet=…``, which goes from tab to tab."""
    return f"?wallet={query.wallet}" if query.wallet else ""


def ranges(query: Query, today: date, by_month: bool) -> list[tuple[str, str, bool]]:
    """Links to the last days: text, address, whether it is what is shown; without dates it is a month or all."""
    found = [("Month" if by_month else "All", query.address(start=None, end=None), not (query.start or query.end))]
    for text, days in RANGES:
        first = today - timedelta(days=days - 1)
        found.append((text, query.address(start=first, end=None), query.start == first and query.end is None))
    if by_month:
        is_all = query.start == FIRST_DAY and query.end is None
        found.append(("All", query.address(start=FIRST_DAY, end=None), is_all))
    return found


def choice(query: Query, name: str, label: str, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """A select of the filters for the template."""
    chosen = query.word(name)
    return {
        "name": name,
        "label": label,
        "options": [(value, text, value == chosen) for value, text in options],
    }


def _fields(query: Query) -> dict[str, Any]:
    return {name: getattr(query, name) for name in query.__slots__}
