"""``/alerts/new/`` and ``/alerts/<id>/edit/``: the form; and ``/alerts/draft/``, what its fields would do."""

import json
from collections.abc import Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from alerts.metrics import METRICS
from alerts.metrics.metric import ACCOUNT, COIN, SIGN
from alerts.models import Alert, Destination, TooManyAlerts
from alerts.models.alert_rows import most_alerts
from alerts.models.destination import PAGE
from alerts.transports import TRANSPORTS
from dashboard.pages.alerts.destinations_add import store
from dashboard.pages.alerts.form import AlertForm, initial_of, prefilled
from dashboard.pages.alerts.past import ASKED_DAYS, Told, days_of, previewed
from dashboard.pages.alerts.rows import line_of
from dashboard.pages.alerts.words import Words, words_of
from dashboard.pages.history.scope import now_ms
from dashboard.pages.history.times import Times, times_of

WINDOWS = ("1 min", "5 min", "15 min", "1 h", "4 h", "1 d", "7 d")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
async def new(request: HttpRequest) -> HttpResponse:
    """A new alert: ``?coin=…&metric=…&threshold=…`` fills the form, ``?from=<id>`` does with another alert."""
    return await answer(request, None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
async def edit(request: HttpRequest, alert_id: int) -> HttpResponse:
    """An alert of the user; ``?threshold=…`` proposes another level, which is not kept before the form is sent."""
    alert = await sync_to_async(get_object_or_404)(Alert, pk=alert_id, user=request.user)
    return await answer(request, alert)


@login_required
@require_safe
async def draft(request: HttpRequest) -> HttpResponse:
    """A part of the form's page: the sentence, the figure now, and what the rule would have done."""
    form, words = await sync_to_async(bound)(request, request.GET)
    return await sync_to_async(render)(request, "alerts/_draft.html", await drafted(form, words, request))


async def answer(request: HttpRequest, alert: Alert | None) -> HttpResponse:
    """The form, or what was kept. ``look`` asks for sentence and preview alone."""
    is_look = "look" in request.POST
    if request.method != "POST":
        form, words = await sync_to_async(opened)(request, alert)
        return await sync_to_async(show)(request, form, alert, {}, words.times)
    form, words = await sync_to_async(bound)(request, request.POST)
    if not is_look and form.is_valid():
        kept = await sync_to_async(keep)(request, form, alert)
        if kept is not None:
            return kept
    extra = await drafted(form, words, request) if is_look else {}
    return await sync_to_async(show)(request, form, alert, extra, words.times)


def bound(request: HttpRequest, given: Mapping[str, Any]) -> tuple[AlertForm, Words]:
    """The form with what was typed, already judged."""
    words = words_of(request.user, times_of(request.user, now_ms()))
    form = AlertForm(request.user, words.coins, words.times.zone, given)
    form.is_valid()
    return form, words


def opened(request: HttpRequest, alert: Alert | None) -> tuple[AlertForm, Words]:
    """The form before anything was typed."""
    words = words_of(request.user, times_of(request.user, now_ms()))
    source = alert
    if alert is None and (number := request.GET.get("from", "")):
        key = int(number) if number.isdecimal() and len(number) < 19 else 0
        source = get_object_or_404(Alert, pk=key, user=request.user)
    initial = initial_of(source) if source else prefilled(request.GET)
    if alert and request.GET.get("threshold"):
        initial["threshold"] = request.GET["threshold"][:60]
    form = AlertForm(request.user, words.coins, words.times.zone, initial=initial)
    if source is None:
        initial["destinations"] = [
            key for key, destination in form.own_destinations.items() if destination.is_usable
        ]
    return form, words


def keep(request: HttpRequest, form: AlertForm, alert: Alert | None) -> HttpResponse | None:
    """Make or change it; None with the reason in the form if that is refused."""
    try:
        if alert is None:
            with transaction.atomic():
                alert = Alert.objects.add(request.user, destinations_of(request, form), **form.rule)
            messages.success(request, "The alert is saved; it is in force as soon as the evaluator has seen it.")
        else:
            with transaction.atomic():
                alert.edit(now_ms(), **form.rule)
                alert.destinations.set(destinations_of(request, form))
            messages.success(request, "Saved.")
    except TooManyAlerts as error:
        form.add_error(None, f"{error} Delete one first.")
    except ValidationError as error:
        form.add_error(None, error.messages)
    else:
        return redirect("alert", alert.pk)
    return None


def destinations_of(request: HttpRequest, form: AlertForm) -> list[Destination]:
    """Those that were chosen. Who has none is told on the site's own pages, if he likes: they become his first."""
    if form.own_destinations or "pages" not in request.POST:
        return form.chosen
    return [store(request.user, TRANSPORTS[PAGE], {"label": "This site", "secret": {}})]


async def drafted(form: AlertForm, words: Words, request: HttpRequest) -> dict[str, Any]:
    """Sentence, figure and preview of what the fields say; nothing while they say nothing."""
    days = days_of(form.data.get("days", ""))
    context: dict[str, Any] = {"form": form, "days": days, "asked_days": ASKED_DAYS, "times": words.times}
    if form.errors:
        return context
    line = await sync_to_async(line_of)(form.alert, words)
    line.look(words.times)
    told: Told = await previewed(form.alert, days, words.times)
    return context | {"line": line, "told": told}


def show(
    request: HttpRequest, form: AlertForm, alert: Alert | None, extra: dict[str, Any], times: Times
) -> HttpResponse:
    """The page."""
    context = {
        "section": "alerts",
        "form": form,
        "alert": alert,
        "times": times,
        "metrics": json.dumps(metrics_table(form)),
        "left_out": left_out(str(form["metric"].value())),
        "windows": WINDOWS,
        "count": Alert.objects.filter(user=request.user).count(),
        "most": most_alerts(request.user),
        "asked_days": ASKED_DAYS,
        **extra,
    }
    is_refused = request.method == "POST" and not extra
    response = render(request, "alerts/form.html", context, status=400 if is_refused else 200)
    response["Cache-Control"] = "private, no-cache"
    return response


def metrics_table(form: AlertForm) -> dict[str, dict[str, Any]]:
    """What the script has to know of each metric: which fields it needs."""
    return {
        name: {
            "scope": one.scope,
            "unit": one.unit,
            "windowed": one.is_windowed,
            "happens": one.is_occurrence,
            "risk": one.is_risk,
            "only": one.only,
        }
        for name, one in METRICS.items()
    }


def left_out(metric: str) -> set[str]:
    """Kinds of fields that the metric does not need: the script hides them, and so does the first paint for it."""
    one = METRICS.get(metric)
    if one is None:
        return set()
    is_left_out = {
        "coin": one.scope == ACCOUNT,
        "wallet": one.scope == COIN,
        "window": not one.is_windowed,
        "side": bool(one.only),
        "level": one.unit == SIGN,
        "figure": one.is_occurrence,
    }
    return {kind for kind, is_so in is_left_out.items() if is_so}
