"""``/account/wallet/…``: sign in by wallet, link and unlink one, and what the script of these pages asks for."""

from typing import Any

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.address import checksummed, read_address
from accounts.confirmed import confirmed_required, is_confirmed
from accounts.ethereum.challenge import Purpose, Refused, ask, settle
from accounts.wallet_sign_in import STEPS, unlink
from accounts.ways_in import is_last_way

TOO_OFTEN = "Too many attempts. Wait a minute."
SIGNED_IN = "You are already signed in. Reload the page."
SIGNED_OUT = "You are signed out. Sign in first."
UNCONFIRMED = "Confirm first that it is you: reload the page."


@require_safe
@never_cache
def sign_in_page(request: HttpRequest) -> HttpResponse:
    """For people who are not signed in."""
    if request.user.is_authenticated:
        return redirect("wallet")
    return render(request, "wallets/sign_in.html", {"next": safe(request, request.GET.get("next", ""))})


@login_required
@require_safe
def wallet_page(request: HttpRequest) -> HttpResponse:
    """Which wallet signs in, and how to change that."""
    address = request.user.address
    context = {
        "address": checksummed(address) if address else "",
        "is_last": bool(address) and is_last_way(request.user, "wallet"),
    }
    return render(request, "wallets/linked.html", context)


@confirmed_required
@require_safe
@never_cache
def link_page(request: HttpRequest) -> HttpResponse:
    """Choose a wallet that signs in from now on."""
    return render(request, "wallets/link.html")


@login_required
@require_safe
@never_cache
def confirm_page(request: HttpRequest) -> HttpResponse:
    """Show the wallet again before a dangerous act."""
    if not request.user.address:
        return redirect("wallet")
    context = {"next": safe(request, request.GET.get("next", "")), "address": checksummed(request.user.address)}
    return render(request, "wallets/confirm.html", context)


@confirmed_required
@require_POST
def unlink_view(request: HttpRequest) -> HttpResponse:
    """The wallet signs in no more."""
    try:
        unlink(request)
        messages.success(request, "The wallet no longer signs in. Your other sessions have ended.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("wallet")


@require_POST
@never_cache
def challenge(request: HttpRequest) -> JsonResponse:
    """The message for ``address`` to sign, for ``purpose``."""
    if not consume(request, action="login"):
        return said(TOO_OFTEN, 429)
    try:
        purpose = Purpose(request.POST.get("purpose", ""))
        address = read_address(request.POST.get("address", ""))
    except ValidationError as error:
        return said(error.messages[0])
    except ValueError:
        return said("The page is out of date. Reload it.")
    if why := forbidden(request, purpose):
        return said(why, 403)
    return JsonResponse({"message": ask(request, address, purpose, timezone.now()).message.text()})


@require_POST
@never_cache
def answer(request: HttpRequest) -> JsonResponse:
    """``message`` and ``signature`` as the wallet gave them: where to go, or why it does not count.

    Not limited of its own: without a message that was asked for, which is, nothing is tried.
    """
    text, signature = request.POST.get("message", ""), request.POST.get("signature", "")
    try:
        settled = settle(request, text, signature, timezone.now())
        if why := forbidden(request, settled.purpose):
            return said(why, 403)
        target = safe(request, request.POST.get("next", ""))
        return JsonResponse({"next": STEPS[settled.purpose](request, settled.message.address.lower(), target)})
    except Refused as refused:
        return said(str(refused))


def forbidden(request: HttpRequest, purpose: Purpose) -> str:
    """Why who asks may not use a wallet for this purpose now, or nothing."""
    if purpose is Purpose.SIGN_IN:
        return SIGNED_IN if request.user.is_authenticated else ""
    if not request.user.is_authenticated:
        return SIGNED_OUT
    return UNCONFIRMED if purpose is Purpose.LINK and not is_confirmed(request) else ""


def safe(request: Any, target: str) -> str:
    """``target`` if it is a page of ours, else nothing."""
    ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if ours else ""


def said(text: str, status: int = 400) -> JsonResponse:
    """Why not, for people."""
    return JsonResponse({"error": text}, status=status)
