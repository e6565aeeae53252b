"""Pages of allauth with a guard in front, for what allauth cannot know: that somebody may come by a wallet."""

from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.views import email, password_set
from allauth.mfa.totp.views import activate_totp
from allauth.mfa.webauthn.views import add_webauthn, remove_webauthn
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.confirmed import View, confirmed_required
from accounts.models import User
from accounts.ways_in import ways_in

LAST_WAY = "This passkey is the only way into your account. Set a password or link a wallet first."


def wallet_confirms(view: View) -> View:
    """Who has nothing but a wallet shows it before he gets another way in; allauth would ask him for nothing."""
    confirmed = confirmed_required(view)

    def guarded(request: HttpRequest) -> HttpResponse:
        only_wallet = request.user.is_authenticated and not get_reauthentication_flows(request.user)
        return confirmed(request) if only_wallet else view(request)

    return guarded


def remove_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    """As allauth's, unless nothing would be left to sign in with."""
    if request.method != "POST" or not request.user.is_authenticated:
        return remove_webauthn(request, pk=pk)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(
            pk=request.user.pk
        )  # of two removals at once one sees the other
        if ways_in(user, without_key=pk):
            return remove_webauthn(request, pk=pk)
    messages.error(request, LAST_WAY)
    return redirect("mfa_list_webauthn")


set_password = wallet_confirms(password_set)
manage_email = wallet_confirms(email)
add_passkey = wallet_confirms(add_webauthn)
activate_app = wallet_confirms(activate_totp)
