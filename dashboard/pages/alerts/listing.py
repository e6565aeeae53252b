"""``/alerts/``: a user's alerts, newest first or sorted, with where each figure is and how far it has to go."""

import asyncio
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Wallet
from alerts.metrics import METRICS
from alerts.models import Alert, Evaluation
from alerts.models.alert_rows import UNSEEN, most_alerts
from alerts.rule import ALREADY, DONE, FIRED, HOLDING, NEW, WAITING
from alerts.tags import apart
from dashboard.mirror import mirror
from dashboard.pages.alerts.order import VALUES, behind, heads
from dashboard.pages.alerts.rows import SNOOZES, Line, line_of, topics_of
from dashboard.pages.alerts.words import GROUPS, Words, grouped
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.query import Query
from dashboard.pages.history.scope import name_of, now_ms
from dashboard.pages.history.times import times_of

SIZE = 50
FIRST_PAINT_S = 1.0
STATES = {
    "fired": "Fired, not recovered",
    "waiting": "Waiting",
    "holding": "Holding",
    "snoozed": "Snoozed",
    "unseen": "Not seen yet",
    "paused": "Paused",
    "over": "Over",
}
MINE = "mine"
"""As a wallet: alerts about any of the user's."""


@dataclass(frozen=True)
class Listed:
    """One page of alerts, read from the database."""

    query: Query
    words: Words
    lines: list[Line]
    wallets: list[Wallet]
    tags: list[str]
    older: str
    count: int
    most: int
    evaluation: Evaluation | None


@login_required
@require_safe
async def alerts(request: HttpRequest) -> HttpResponse:
    """The list; figures come from the mirror and go on through the socket."""
    listed = await sync_to_async(read)(request)
    topics = topics_of(listed.lines)
    if mirror.status()["feed"] is not None:
        await asyncio.gather(*(mirror.wait(topic, FIRST_PAINT_S) for topic in topics if topic != "markets"))
    request.streams = tuple(
        dict.fromkeys(line.live.stream for line in listed.lines if line.live and line.live.stream)
    )
    return await sync_to_async(show)(request, listed)


def read(request: HttpRequest) -> Listed:
    """Six queries, however many alerts there are."""
    user, times = request.user, times_of(request.user, now_ms())
    wallets = list(Wallet.objects.of(user))
    words = Words(times, {wallet.address: wallet for wallet in wallets})
    query = asked(request.GET.dict(), words.coins)
    mine = Alert.objects.of(user)
    found = asked_for(filtered(mine, query, times.now).prefetch_related("destinations"), query, words)
    shown = found[:SIZE]
    marked = mine.exclude(tags="").order_by().values_list("tags", flat=True).distinct()
    return Listed(
        query=query,
        words=words,
        lines=shown,
        wallets=wallets,
        tags=sorted({tag for tags in marked for tag in apart(tags)}),
        older=query.address(after=str(shown[-1].alert.pk)) if len(found) > SIZE else "",
        count=mine.count(),
        most=most_alerts(user),
        evaluation=Evaluation.objects.first(),
    )


def asked_for(rows: QuerySet, query: Query, words: Words) -> list[Line]:
    """A page of lines and one more, if there are more; a tier bounds how many there are to be sorted."""
    if query.sort:
        return behind([line_of(alert, words) for alert in rows], query)[: SIZE + 1]
    if query.after.isdecimal():
        rows = rows.filter(pk__lt=int(query.after[:18]))
    return [line_of(alert, words) for alert in rows[: SIZE + 1]]


def asked(given: dict[str, str], coins: Coins) -> Query:
    """The address: also a coin by its label."""
    metrics = [name for names in GROUPS.values() for name in names]
    query = Query.of({**given, "from": "", "to": ""}, {"state": STATES, "metric": metrics, "tag": None}, VALUES)
    parts = {name: getattr(query, name) for name in query.__slots__}
    return Query(**{**parts, "coin": coins.named(query.coin)})


def filtered(rows: QuerySet, query: Query, now: int) -> QuerySet:
    """Those that the filters ask for."""
    if query.coin:
        rows = rows.filter(coin=query.coin)
    if query.wallet == MINE:
        rows = rows.filter(address="").exclude(
            metric__in=[name for name, one in METRICS.items() if one.scope == "coin"]
        )
    elif query.wallet:
        rows = rows.filter(address=query.wallet)
    if metric := query.word("metric"):
        rows = rows.filter(metric=metric)
    if tag := query.word("tag"):
        rows = rows.tagged(tag)
    return rows.filter(state_filter(query.word("state"), now))


def state_filter(state: str, now: int) -> Q:
    """One of STATES as a condition."""
    over = Q(phase=DONE) | Q(expires_at__lte=now)
    lives = Q(is_active=True) & ~over
    return {
        "": Q(),
        "fired": lives & Q(phase=FIRED),
        "waiting": lives & Q(phase__in=[NEW, ALREADY, WAITING]),
        "holding": lives & Q(phase=HOLDING),
        "snoozed": lives & Q(snoozed_until__gt=now),
        "unseen": lives & UNSEEN,
        "paused": Q(is_active=False),
        "over": over,
    }[state]


def show(request: HttpRequest, listed: Listed) -> HttpResponse:
    """The page."""
    query = listed.query
    for line in listed.lines:
        line.look(listed.words.times)
    context: dict[str, Any] = {
        "section": "alerts",
        "tab": "alerts",
        "listed": listed,
        "query": query,
        "times": listed.words.times,
        "coin_label": listed.words.coins.label(query.coin) if query.coin else "",
        "wallet_names": [(wallet.address, name_of(wallet)) for wallet in listed.wallets],
        "states": STATES.items(),
        "groups": grouped(),
        "words": dict(query.words),
        "snoozes": SNOOZES,
        "newest": query.address() if query.after else "",
        "heads": heads(query, bool(query.after or listed.older)),
        "streams": " ".join(request.streams),
        "here": request.get_full_path(),
        "is_full": listed.count >= listed.most,
    }
    response = render(request, "alerts/list.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response
