"""Dangerous acts ask again who it is: by password or second factor (allauth), or else by the wallet."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    get_reauthentication_flows,
    is_reauthentication_required,
    raise_if_reauthentication_required,
)
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

View = Callable[..., HttpResponse]


def is_confirmed(request: Any) -> bool:
    """Whether who is signed in has proven within the last minutes who he is."""
    if get_reauthentication_flows(request.user):
        return not is_reauthentication_required(request, app="account")
    if not request.user.address:
        return True  # there is nothing that he could show
    records = get_authentication_records(request, request.user)
    times = [record["at"] for record in records if record.get("reauthenticated")]
    return bool(times) and time.time() - times[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def confirmed_required(view: View) -> View:
    """``view`` runs for people who proved lately who they are; others are sent to do so, and come back.

    allauth repeats a form that was sent meanwhile; after a wallet, people are where ``from`` of the form says.
    """

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_confirmed(request):
            return view(request, *args, **kwargs)
        if get_reauthentication_flows(request.user):
            raise_if_reauthentication_required(request, app="account")
        back = request.get_full_path() if request.method == "GET" else request.POST.get("from", "/")
        return HttpResponseRedirect(f"{reverse('wallet_confirm')}?{urlencode({'next': back})}")

    return guarded
