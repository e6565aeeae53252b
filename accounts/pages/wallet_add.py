"""``/wallets/add/``: what an address is and what following it costs, before it is added to the list."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.address import checksummed
from accounts.cost import cost_of
from accounts.models import Wallet
from accounts.models.wallet import TooManyWallets, most_wallets
from accounts.pages.wallet_forms import WatchForm
from accounts.pages.wallets import show
from accounts.role import role_of


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """``?address=`` shows the address, POST adds it as a watched one."""
    given = request.POST if request.method == "POST" else request.GET
    if "address" not in given:
        return redirect("wallets")
    form = WatchForm(given)
    if not form.is_valid():
        return show(request, form, status=400)
    address = form.cleaned_data["address"]
    if Wallet.objects.of(request.user).filter(address=address).exists():
        messages.info(request, f"{checksummed(address)} is already in your list.")
        return redirect("wallets")
    return _watch(request, form) if request.method == "POST" else _preview(request, form)


def _preview(request: HttpRequest, form: WatchForm) -> HttpResponse:
    address = form.cleaned_data["address"]
    known = role_of(address)
    mine = Wallet.objects.of(request.user)
    context = {
        "address": checksummed(address),
        "label": form.cleaned_data["label"],
        "known": known,
        "role": Wallet.Role(known.role).label,
        "master": checksummed(known.master) if known.master else "",
        "is_master_listed": bool(known.master) and mine.filter(address=known.master).exists(),
        "cost": cost_of(address),
        "room": max(0, most_wallets(request.user) - mine.count()),
        "most": most_wallets(request.user),
        "section": "wallets",
    }
    return render(request, "wallets/add.html", context)


def _watch(request: HttpRequest, form: WatchForm) -> HttpResponse:
    address, label = form.cleaned_data["address"], form.cleaned_data["label"]
    known = role_of(address)
    values = {"label": label, "role": known.role, "master": known.master}
    if address == request.user.address:
        values["kind"] = Wallet.Kind.OWN  # it signs in, so its key was proven
    try:
        wallet, _ = Wallet.objects.put(request.user, address, **values)
    except TooManyWallets as full:
        form.add_error("address", str(full))
        return show(request, form, status=409)
    messages.success(request, f"{wallet} is in your list.")
    return redirect("wallets")
