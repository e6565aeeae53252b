"""``/wallets/``: the addresses that somebody follows, his own and others', in his order."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.cost import cost_of
from accounts.models import Wallet
from accounts.models.wallet import most_wallets
from accounts.pages.wallet_forms import WalletForm, WatchForm
from accounts.role import EXPLANATIONS, role_of
from exchange.simulator import cast

STEPS = {"up": -1, "down": 1}


@login_required
@require_safe
def wallets(request: HttpRequest) -> HttpResponse:
    """The list, and how to add to it."""
    return show(request)


def show(request: HttpRequest, form: WatchForm | None = None, status: int = 200) -> HttpResponse:
    """The page, with a form that was refused if there is one."""
    mine = list(Wallet.objects.of(request.user))
    for wallet in mine:
        wallet.explanation = EXPLANATIONS.get(wallet.role, "")
        wallet.signs_in = wallet.address == request.user.address
    context: dict[str, Any] = {
        "wallets": mine,
        "most": most_wallets(request.user),
        "form": form or WatchForm(),
        "cost": cost_of(),
        "section": "wallets",
        "sample": cast.UNIFIED if settings.CONFIG.hyperliquid_network == "simulated" else "",
    }
    return render(request, "wallets/page.html", context, status=status)


@login_required
@require_POST
def change(request: HttpRequest, wallet_id: int) -> HttpResponse:
    """Label and colour."""
    form = WalletForm(request.POST, instance=_own(request, wallet_id))
    if form.is_valid():
        form.save()
    else:
        for error in form.errors.values():
            messages.error(request, error[0])
    return _back(wallet_id)


@login_required
@require_POST
def move(request: HttpRequest, wallet_id: int) -> HttpResponse:
    """One place up or down."""
    step = STEPS.get(request.POST.get("to", ""))
    if step:
        Wallet.objects.move(request.user, _own(request, wallet_id).pk, step)
    return _back(wallet_id)


@login_required
@require_POST
def remove(request: HttpRequest, wallet_id: int) -> HttpResponse:
    """Out of the list; nothing changes on the exchange, and a wallet that signs in goes on doing so."""
    wallet = _own(request, wallet_id)
    wallet.delete()
    messages.success(request, f"{wallet} is no longer in your list.")
    return redirect("wallets")


@login_required
@require_POST
def recognise(request: HttpRequest, wallet_id: int) -> HttpResponse:
    """Ask the exchange what the address is, where that is not known yet."""
    wallet = _own(request, wallet_id)
    known = role_of(wallet.address)
    if known.role:
        wallet.role, wallet.master = known.role, known.master
        wallet.save(update_fields=["role", "master"])
    else:
        messages.warning(request, "The exchange cannot be asked just now. Try again in a minute.")
    return _back(wallet_id)


def _own(request: HttpRequest, wallet_id: int) -> Wallet:
    """The wallet in the list of who asks; nobody learns whether others have one of that number."""
    return get_object_or_404(Wallet, pk=wallet_id, user=request.user)


def _back(wallet_id: int) -> HttpResponse:
    response = redirect("wallets")
    response["Location"] += f"#wallet-{wallet_id}"
    return response
