"""``/welcome/``: three steps from signing up to the first useful page, each to be skipped or gone on with later.

How far somebody is stands in ``User.welcome_step``; 0, which is never asked again, when he has done or left it.
"""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.models import Wallet
from accounts.models.wallet import TooManyWallets
from accounts.pages.wallet_forms import WatchForm
from accounts.role import role_of
from dashboard.mirror import mirror
from dashboard.pages.cookies import favourites, keep_favourites
from dashboard.pages.markets_query import Query
from exchange.simulator import cast

WALLET, FAVOURITES, ALERT = 1, 2, 3
DONE = 0
OFFERED = 12
USUAL_COIN = "BTC"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The step that he is at; POST does it, ``act`` = ``skip`` leaves it out and ``leave`` all of them."""
    step = request.user.welcome_step
    if step not in STEPS:
        return redirect(_first_page(request))
    if request.method != "POST":
        return _show(request, step)
    if request.POST.get("step") != str(step):
        return redirect("welcome")  # sent twice, or from an older page
    act = request.POST.get("act")
    if act == "leave":
        return _go_to(request, DONE)
    if act == "skip":
        return _go_to(request, step + 1 if step < ALERT else DONE)
    return STEPS[step](request)


def _watch(request: HttpRequest) -> HttpResponse:
    form = WatchForm(request.POST)
    if not form.is_valid():
        return _show(request, WALLET, form, status=400)
    known = role_of(form.cleaned_data["address"])
    try:
        Wallet.objects.put(
            request.user, form.cleaned_data["address"], label=form.cleaned_data["label"], role=known.role,
            master=known.master,
        )  # fmt: skip
    except (TooManyWallets, ValidationError) as error:
        messages.error(request, " ".join(getattr(error, "messages", [str(error)])))
        return _show(request, WALLET, form, status=400)
    return _go_to(request, FAVOURITES)


def _star(request: HttpRequest) -> HttpResponse:
    response = _go_to(request, ALERT)
    known = mirror.snapshot("markets")
    asked = [coin for coin in request.POST.getlist("coin") if known and coin in known.rows]
    keep_favourites(response, request, [*favourites(request), *asked])
    return response


def _suggest(request: HttpRequest) -> HttpResponse:
    """The form of the alert, filled in: he sees what it would have done before he makes it."""
    _keep_step(request, DONE)
    return redirect(f"{reverse('alert-new')}?{urlencode(suggestion(request)['fills'])}")


STEPS = {WALLET: _watch, FAVOURITES: _star, ALERT: _suggest}


def suggestion(request: HttpRequest) -> dict[str, Any]:
    """One alert, of what he has chosen: his positions if he follows a wallet, else the first favourite."""
    if Wallet.objects.of(request.user).exists():
        return {
            "says": "a position in any of your wallets comes within 10% of its liquidation price",
            "shows": "how far the nearest one is now",
            "fills": {"metric": "liquidation_distance", "side": "below", "threshold": "10"},
        }
    coin = next(iter(favourites(request)), USUAL_COIN)
    snapshot = mirror.snapshot("markets")
    label = snapshot.rows[coin]["label"] if snapshot and coin in snapshot.rows else coin
    return {
        "says": f"the price of {label} falls by 5% within an hour",
        "shows": "how often it would have fired lately",
        "fills": {"metric": "change", "coin": coin, "window": "1 h", "side": "below", "threshold": "-5"},
    }


def _show(request: HttpRequest, step: int, form: WatchForm | None = None, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"step": step, "last": ALERT, "form": form or WatchForm()}
    if step == WALLET and settings.CONFIG.hyperliquid_network == "simulated":
        context["sample"] = cast.UNIFIED
    if step == FAVOURITES:
        snapshot = mirror.snapshot("markets")
        live = [row for row in snapshot.rows.values() if not row["delisted"]] if snapshot else []
        context["offered"] = Query(kind="perps").select(live, set())[:OFFERED]
        context["starred"] = favourites(request)
    if step == ALERT:
        context["suggestion"] = suggestion(request)
    return render(request, "welcome/page.html", context, status=status)


def _go_to(request: HttpRequest, step: int) -> HttpResponse:
    _keep_step(request, step)
    return redirect(_first_page(request) if step == DONE else reverse("welcome"))


def _keep_step(request: HttpRequest, step: int) -> None:
    request.user.welcome_step = step
    request.user.save(update_fields=["welcome_step"])


def _first_page(request: HttpRequest) -> str:
    """Where he sees something of his own first."""
    if Wallet.objects.of(request.user).exists():
        return reverse("portfolio")
    return reverse("markets") + ("?kind=favourites" if favourites(request) else "")
