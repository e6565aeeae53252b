"""``/alerts/move/``: the user's alerts as a JSON file, and such a file as alerts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from alerts.models import Alert
from alerts.models.alert_rows import most_alerts
from alerts.portable import MOST_SAID, Broken, bring, dump
from alerts.portable_text import MOST_BYTES, broken
from dashboard.pages.history.coins import Coins
from dashboard.pages.history.scope import now_ms
from dashboard.pages.history.times import times_of


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """All alerts of the user as a download; three queries."""
    rows = Alert.objects.filter(user=request.user).select_related("escalate_to").prefetch_related("destinations")
    response = HttpResponse(dump(rows.order_by("pk")), content_type="application/json; charset=utf-8")
    day = times_of(request.user, now_ms()).today
    response["Content-Disposition"] = f'attachment; filename="alerts-{day:%Y-%m-%d}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest) -> HttpResponse:
    """The page; a POST brings a file or a text in, whole or not at all."""
    wrong: list[Any] = []
    text = ""
    if request.method == "POST":
        try:
            text = given(request)
            made = bring(request.user, text, is_listed)
        except Broken as error:
            wrong = error.problems
        else:
            messages.success(request, f"Imported: {len(made)} alert{'' if len(made) == 1 else 's'}.")
            return redirect("alerts")
    context = {
        "section": "alerts",
        "tab": "move",
        "times": times_of(request.user, now_ms()),
        "count": Alert.objects.filter(user=request.user).count(),
        "most": most_alerts(request.user),
        "wrong": [str(problem) for problem in wrong[:MOST_SAID]],
        "more": max(0, len(wrong) - MOST_SAID),
        "text": text if len(text) <= 100_000 else "",
    }
    return render(request, "alerts/move.html", context, status=400 if wrong else 200)


def is_listed(coin: str) -> bool:
    """Whether the exchange has such a market, as far as this process has heard; without a feed nobody knows."""
    rows = Coins().rows
    return not rows or coin in rows


def given(request: HttpRequest) -> str:
    """The file, else the text that was pasted; Broken if it is no text."""
    upload = request.FILES.get("file")
    if upload is None:
        text: str = request.POST.get("text", "")
        if not text.strip():
            raise broken("Choose a file, or paste its text.")
        return text
    if upload.size > MOST_BYTES:
        raise broken(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    try:
        return upload.read().decode()
    except UnicodeDecodeError as error:
        raise broken(f"Byte {error.start} is no UTF-8: this is no text.") from error
