"""What happens once a wallet has answered: somebody is signed in, or his wallet is linked, listed or confirmed.

Each step takes the request and the proven address (stored form) and returns where to go; it raises Refused.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.address import checksummed
from accounts.ethereum.challenge import Purpose, Refused
from accounts.models import User, Wallet
from accounts.models.wallet import TooManyWallets
from accounts.role import MOST_A_MINUTE, MOST_BY_SIGN_UP, role_of
from accounts.sessions import end_all
from accounts.ways_in import is_last_way

TAKEN = "This wallet signs in to another account. Unlink it there first."
NOT_YOURS = "This is not the wallet that signs in to your account. Choose {address} in the wallet."
CLOSED = "No account has this wallet, and new ones are made by whoever runs this site alone."
DISABLED = "This account is disabled. Ask who runs this site."
LAST_WAY = "The wallet is the only way into your account. Set a password or add a passkey first."
METHOD = "wallet"


def sign_in(request: Any, address: str, target: str) -> str:
    """The user of the address, made if he is new, is signed in; a second factor he has set up is asked for."""
    if not get_adapter().is_open_for_signup(request) and User.objects.find_by_address(address) is None:
        raise Refused(CLOSED)
    user, is_new = User.objects.with_wallet(address)
    if not user.is_active:
        raise Refused(DISABLED)
    if is_new:
        list_own(user, address, MOST_BY_SIGN_UP)
        target = target or reverse("wallets")
    record_authentication(request, user, METHOD, reauthenticated=True)
    # who holds the key need not prove an email too
    login = Login(user=user, email_verification=EmailVerificationMethod.NONE, redirect_url=target or None)
    response = perform_login(request, login)
    return str(response.get("Location", "/"))


def link(request: Any, address: str, target: str) -> str:
    """The address signs in from now on, instead of the one that did; the user's other sessions end."""
    try:
        with transaction.atomic():
            User.objects.filter(pk=request.user.pk).update(address=address)
    except IntegrityError:
        raise Refused(TAKEN) from None
    try:
        list_own(request.user, address)
    except TooManyWallets as full:
        messages.warning(request, f"The wallet signs you in, but is not in your list: {full}")
    end_all(request.user, but=request.session.session_key)
    messages.success(request, f"{checksummed(address)} signs you in from now on. Your other sessions have ended.")
    return target or reverse("wallet")


def own(request: Any, address: str, target: str) -> str:
    """The address is listed as the user's own."""
    try:
        wallet = list_own(request.user, address)
    except TooManyWallets as full:
        raise Refused(str(full)) from None
    messages.success(request, f"{wallet} is in your list as your own.")
    return target or reverse("wallets")


def confirm(request: Any, address: str, target: str) -> str:
    """Dangerous acts are allowed for some minutes."""
    if address != request.user.address:
        raise Refused(NOT_YOURS.format(address=checksummed(request.user.address)))
    record_authentication(request, request.user, METHOD, reauthenticated=True)
    return target or "/"


STEPS = {Purpose.SIGN_IN: sign_in, Purpose.LINK: link, Purpose.OWN: own, Purpose.CONFIRM: confirm}


def list_own(user: User, address: str, most_asked: int = MOST_A_MINUTE) -> Wallet:
    """The address in the user's list as his own, with what the exchange calls it."""
    known = role_of(address, most_asked)
    values = {"kind": Wallet.Kind.OWN, "proven_at": timezone.now()}
    if known.role:
        values |= {"role": known.role, "master": known.master}
    return Wallet.objects.put(user, address, **values)[0]


def unlink(request: Any) -> None:
    """The wallet signs in no more, and the user's other sessions end. Raises Refused for the last way in."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=request.user.pk)
        if is_last_way(user, METHOD):
            raise Refused(LAST_WAY)
        user.address = None
        user.save(update_fields=["address"])
    end_all(user, but=request.session.session_key)
