"""``/alerts/history/``: everything that has fired, of all alerts, newest first unless the oldest is asked for."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Wallet
from alerts.models import Delivery, Firing
from dashboard.pages.alerts.ledger import FIRINGS, firing_cells
from dashboard.pages.alerts.words import GROUPS, grouped
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.order import BY_TIME, NEWEST_FIRST, headings
from dashboard.pages.history.query import Query
from dashboard.pages.history.scope import name_of, now_ms
from dashboard.pages.history.table_html import lines_html
from dashboard.pages.history.times import Times, times_of

SIZE = 50
SEEN = {"no": "Not acknowledged", "yes": "Acknowledged"}
LATE = {"yes": "Late", "no": "In time"}
CHOICES = {"groups": grouped(), "seen": SEEN.items(), "late": LATE.items()}


@login_required
@require_safe
def past_firings(request: HttpRequest) -> HttpResponse:
    """A page of it; five queries."""
    times, coins = times_of(request.user, now_ms()), Coins()
    query = asked(request, coins)
    rows = filtered(Firing.objects.of(request.user).select_related("alert"), query, times)
    is_forward = query.sort == "time"
    if query.after.isdecimal():
        rows = rows.filter(**{"pk__gt" if is_forward else "pk__lt": int(query.after[:18])})
    found = list((rows.order_by("pk") if is_forward else rows)[: SIZE + 1])
    shown = found[:SIZE]
    request.unacknowledged = Firing.objects.count_unacknowledged(request.user)  # the bell shows it too
    sent = list(Delivery.objects.filter(firing__in=[row.pk for row in shown], occasion="fired"))
    wallets = {wallet.address: name_of(wallet) for wallet in Wallet.objects.of(request.user)}
    cells = (firing_cells(row, times, wallets, sent, f"/alerts/{row.alert_id}/") for row in shown)
    context: dict[str, Any] = {
        **CHOICES,
        "section": "alerts",
        "tab": "history",
        "query": query,
        "words": dict(query.words),
        "times": times,
        "columns": headings(FIRINGS, query, BY_TIME, NEWEST_FIRST),
        "is_forward": is_forward,
        "rows": shown,
        "lines": lines_html(FIRINGS, cells),
        "coin_label": coins.label(query.coin) if query.coin else "",
        "wallet_names": list(wallets.items()),
        "unseen": request.unacknowledged,
        "older": query.address(after=str(shown[-1].pk)) if len(found) > SIZE else "",
        "newest": query.address() if query.after else "",
        "here": request.get_full_path(),
    }
    response = render(request, "alerts/history.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


def asked(request: HttpRequest, coins: Coins) -> Query:
    """The address: also a coin by its label."""
    metrics = [name for names in GROUPS.values() for name in names]
    query = Query.of(request.GET.dict(), {"metric": metrics, "seen": SEEN, "late": LATE}, BY_TIME)
    parts = {name: getattr(query, name) for name in query.__slots__}
    return Query(**{**parts, "coin": coins.named(query.coin)})


def filtered(rows: QuerySet, query: Query, times: Times) -> QuerySet:
    """Those that the filters ask for; days are the user's."""
    if query.coin:
        rows = rows.filter(alert__coin=query.coin)
    if query.wallet:
        rows = rows.filter(alert__address=query.wallet)
    if metric := query.word("metric"):
        rows = rows.filter(alert__metric=metric)
    if seen := query.word("seen"):
        rows = rows.filter(acknowledged_at__isnull=seen == "no")
    if late := query.word("late"):
        rows = rows.filter(late_by__gt=0) if late == "yes" else rows.filter(late_by=0)
    if query.start:
        rows = rows.filter(fired_at__gte=times.starts(query.start))
    if query.end:
        rows = rows.filter(fired_at__lt=times.ends(query.end))
    return rows
