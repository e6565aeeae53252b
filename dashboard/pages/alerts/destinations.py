"""``/alerts/destinations/``: where somebody is told of his alerts, and how to add one."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.device import device_in_words
from alerts.models import Delivery, Destination
from alerts.models.destination import PAGE, most_destinations
from alerts.transports import TRANSPORTS
from alerts.transports.push import public_key
from dashboard.pages.history.scope import now_ms
from dashboard.pages.history.times import Times, times_of

PUSH = "push"
MAIL = "email"
BY_BUTTON = (PAGE, PUSH)
"""Kinds for which there is nothing to type."""


@login_required
@never_cache
@require_safe
def destinations(request: HttpRequest) -> HttpResponse:
    """The list, and what may be added."""
    return show(request)


def show(request: Any, status: int = 200, **more: Any) -> HttpResponse:
    """The page; ``more`` is for the template."""
    times = times_of(request.user, now_ms())
    mine = [dressed(one, times) for one in listed(request.user)]
    kinds = {one.kind for one in mine}
    context = {
        "destinations": mine,
        "most": most_destinations(request.user),
        "kinds": [one for one in TRANSPORTS.values() if one.kind not in BY_BUTTON and not one.offered()],
        "has_page": PAGE in kinds,
        "own_mail": own_mail(request.user, mine),
        "push_key": public_key(),
        "device": device_in_words(request.headers.get("User-Agent", "")),
        "endpoints": [one.secret.get("endpoint", "")[-32:] for one in mine if one.kind == PUSH],
        "section": "alerts",
        "times": times,
    }
    return render(request, "alerts/destinations.html", {**context, **more}, status=status)


def listed(user: Any) -> QuerySet[Destination]:
    """The user's, each with when something last arrived there."""
    sent = Delivery.objects.filter(destination=OuterRef("pk"), state=Delivery.State.SENT).order_by("-id")
    return Destination.objects.of(user).annotate(last_sent_at=Subquery(sent.values("sent_at")[:1]))


def dressed(one: Any, times: Times) -> Any:
    """The destination with what the template says of it."""
    transport = TRANSPORTS.get(one.kind)
    one.title = transport.title if transport else one.kind
    one.missing = transport.offered() if transport else "This kind cannot be used here any more."
    one.last_sent = times.near(one.last_sent_at) if one.last_sent_at else ""
    one.stopped = times.near(one.stopped_at) if one.stopped_at else ""
    one.awaits_code = one.verified_at is None and not one.missing
    one.state = "off" if one.missing else "stopped" if one.stopped_at else "new" if one.awaits_code else "ready"
    return one


def own_mail(user: Any, mine: list[Any]) -> str:
    """The account's address if it is verified and not in the list yet."""
    address = EmailAddress.objects.filter(user=user, verified=True, primary=True).values_list("email", flat=True)
    email = address.first() or ""
    return "" if any(is_to(one, email) for one in mine) else email


def is_to(one: Destination, email: str) -> bool:
    """Whether it is mail to this address."""
    return one.kind == MAIL and str(one.secret.get("to", "")).lower() == email.lower()
