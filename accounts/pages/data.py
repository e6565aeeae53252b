"""``/account/data/``: everything that is stored about somebody, to read, to take away, and to delete."""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.confirmed import confirmed_required
from accounts.erasure import erase
from accounts.models import User
from accounts.owned import as_dict, is_secret, stored, value_of
from accounts.pieces import LongAnswer, in_thread, together

SHOWN = 20
"""Rows of a kind on the page; the download has all."""
CHUNK = 500
WHY = {
    "accounts.user": "Who you are here.",
    "accounts.session": "Browsers in which you are signed in.",
    "accounts.wallet": "Addresses that you follow.",
    "accounts.apitoken": "Programs that may ask in your name. Of a token itself only a hash is kept.",
    "accounts.dailyuse": "Days on which you were here, to count how many people use the site.",
    "account.emailaddress": "Where mail to you goes, and whether it is proven to be yours.",
    "mfa.authenticator": "What you prove yourself with beside your password.",
    "admin.logentry": "What admins did to your account, or you as an admin.",
}


@login_required
@never_cache
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """The newest rows of each kind."""
    return show(request)


def show(request: HttpRequest, wrong: str = "", status: int = 200) -> HttpResponse:
    """The page; ``wrong`` is what keeps the account from being deleted."""
    kinds = [_kind(model, rows) for model, rows in stored(request.user)]
    context = {"kinds": kinds, "shown": SHOWN, "wrong": wrong}
    return render(request, "account/data.html", context, status=status)


def _kind(model: type[Model], rows: QuerySet) -> dict[str, Any]:
    count = rows.count()
    fields = sorted(model._meta.concrete_fields, key=is_secret)  # what says nothing comes last
    newest = [[value_of(row, field) for field in fields] for row in rows.order_by("-pk")[:SHOWN]]
    names = [field.verbose_name for field in fields]
    kind = model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural
    return {
        "name": f"{count} {kind}",
        "why": WHY.get(model._meta.label_lower, ""),
        "fields": names,
        "rows": newest,
        "only": list(zip(names, newest[0], strict=True)) if count == 1 else None,
        "more": max(0, count - SHOWN),
    }


@login_required
@never_cache
@require_safe
def download(request: HttpRequest) -> LongAnswer:
    """All of it as JSON, a file for the user to keep."""
    pieces = together(as_json(request.user))
    response = LongAnswer(in_thread(pieces), content_type="application/json")
    name = f"hyperliquid-dashboard-{settings.CONFIG.hyperliquid_network}-{request.user.pk}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def as_json(user: User) -> Iterator[str]:
    """``{"accounts.user": [{…}], …}`` in pieces, so that years of rows need no memory."""
    yield "{"
    for index, (model, rows) in enumerate(stored(user)):
        yield f"{', ' if index else ''}\n{json.dumps(model._meta.label_lower)}: ["
        for number, row in enumerate(rows.iterator(CHUNK)):
            yield f"{',' if number else ''}\n  {json.dumps(as_dict(row), ensure_ascii=False)}"
        yield "]"
    yield "\n}\n"


@confirmed_required
@never_cache
@require_POST
def delete_account(request: HttpRequest) -> HttpResponse:
    """Delete everything, when the user has typed his name and proven lately that it is he."""
    user = User.objects.get(pk=request.user.pk)
    if request.POST.get("username", "").strip() != user.username:
        return show(request, "This is not your username. Nothing was deleted.", status=400)
    logout(request)
    erase(user)
    return render(request, "account/deleted.html")
