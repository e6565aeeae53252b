"""Buttons: what is done to one alert, or to several at once, or to what has fired."""

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from alerts.copies import copy
from alerts.models import Alert, Firing, TooManyAlerts
from dashboard.pages.alerts.rows import SNOOZES
from dashboard.pages.alerts.words import words_of
from dashboard.pages.history.scope import now_ms
from dashboard.pages.history.times import times_of
from exchange.spans import span

ACTS = ("pause", "resume", "snooze", "unsnooze", "duplicate", "delete")
MOST = 500
"""Alerts of one bulk action."""


@login_required
@require_POST
def act(request: HttpRequest, alert_id: int) -> HttpResponse:
    """One alert of the user; to delete it asks for confirmation first."""
    alert = get_object_or_404(Alert, pk=alert_id, user=request.user)
    what = request.POST.get("act", "")
    if what == "acknowledge":
        count = Firing.objects.acknowledge_all(request.user, now_ms(), alert.pk)
        messages.success(request, "Acknowledged." if count else "There was nothing to acknowledge.")
        return redirect("alert", alert.pk)
    return done(request, [alert], what, f"/alerts/{alert.pk}/")


@login_required
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Those that were ticked; numbers that are not the user's alerts are passed over."""
    numbers = {int(text) for text in request.POST.getlist("alert") if text.isdecimal() and len(text) < 19}
    chosen = list(Alert.objects.of(request.user).filter(pk__in=sorted(numbers)[:MOST]))
    if not chosen:
        messages.warning(request, "No alert was selected.")
        return back(request, "/alerts/")
    return done(request, chosen, request.POST.get("act", ""), "/alerts/")


@login_required
@require_POST
def acknowledge(request: HttpRequest) -> HttpResponse:
    """Everything that has fired, or one firing."""
    one = request.POST.get("firing", "")
    if one:
        number = int(one) if one.isdecimal() and len(one) < 19 else 0
        get_object_or_404(Firing, pk=number, user=request.user)
        Firing.objects.acknowledge(request.user, number, now_ms())
        messages.success(request, "Acknowledged.")
    else:
        count = Firing.objects.acknowledge_all(request.user, now_ms())
        messages.success(request, f"Acknowledged: {count}.")
    return back(request, "/alerts/history/")


def done(request: HttpRequest, chosen: Sequence[Alert], what: str, home: str) -> HttpResponse:
    """Do it and say so, on the page that was left."""
    if what not in ACTS:
        raise Http404("no such act")
    if what == "delete":
        return delete(request, chosen, home)
    words, failed = carry_out(request, chosen, what), len(chosen)
    messages.success(request, f"{words}: {failed} alert{'' if failed == 1 else 's'}.") if words else None
    return back(request, home)


def carry_out(request: HttpRequest, chosen: Sequence[Alert], what: str) -> str:
    """What has been done to all of them, in a word; what could not be is said by a message."""
    now = now_ms()
    if what in ("pause", "resume"):
        try:
            for alert in chosen:
                alert.edit(now, is_active=what == "resume")
        except ValidationError as error:
            messages.error(request, f"Not all could be resumed. {' '.join(error.messages)}")
            return ""
        return "Paused" if what == "pause" else "Resumed"
    if what == "duplicate":
        try:
            for alert in chosen:
                copy(alert)
        except (TooManyAlerts, ValidationError) as error:
            messages.error(
                request, f"Not all could be duplicated. {' '.join(getattr(error, 'messages', [str(error)]))}"
            )
            return ""
        return "Duplicated, and paused for now"
    length = SNOOZES.get(request.POST.get("for", ""), SNOOZES["1h"])[1]
    for alert in chosen:
        alert.edit(now, snoozed_until=now + length if what == "snooze" else None)
    return f"Snoozed for {span(length)}" if what == "snooze" else "Awake again"


def delete(request: HttpRequest, chosen: Sequence[Alert], home: str) -> HttpResponse:
    """Ask, and delete what was confirmed, with all that it ever fired."""
    if request.POST.get("sure") == "yes":
        count = len(chosen)
        Alert.objects.filter(user=request.user, pk__in=[alert.pk for alert in chosen]).delete()
        messages.success(request, f"Deleted: {count} alert{'' if count == 1 else 's'}.")
        return redirect("alerts")
    words = words_of(request.user, times_of(request.user, now_ms()))
    context = {
        "section": "alerts",
        "chosen": [(alert.pk, words.sentence(alert)[0]) for alert in chosen],
        "firings": Firing.objects.filter(user=request.user, alert__in=chosen).count(),
        "home": home,
    }
    return render(request, "alerts/delete.html", context)


def back(request: HttpRequest, home: str) -> HttpResponse:
    """Where the form was, if that is a page of ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if is_ours and wanted.startswith("/") else home)
