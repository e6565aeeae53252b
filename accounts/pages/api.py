"""``/api/me`` and ``/api/wallets``: who a token or session is, and what he follows, as JSON."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Wallet
from accounts.models.wallet import most_wallets

NOBODY = "Send Authorization: Bearer with an API token."


def known(view: Callable[..., JsonResponse]) -> Callable[..., JsonResponse]:
    """``view`` for somebody; nobody is told in JSON how to become somebody."""

    @never_cache
    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest) -> JsonResponse:
        if request.user.is_authenticated:
            return view(request)
        response = JsonResponse({"error": NOBODY}, status=401)
        response["WWW-Authenticate"] = 'Bearer realm="api"'
        return response

    return guarded


@known
def me(request: Any) -> JsonResponse:
    """User, tier, scopes of the token (null for a session), and the limit of wallets."""
    user, token = request.user, getattr(request, "api_token", None)
    return JsonResponse(
        {
            "username": user.username,
            "address": user.address,
            "tier": user.tier,
            "timezone": user.timezone,
            "scopes": token.scopes if token else None,
            "wallets_most": most_wallets(user),
        }
    )


@known
def my_wallets(request: Any) -> JsonResponse:
    """The list, in its order."""
    fields = ("address", "kind", "role", "master", "label", "colour")
    return JsonResponse({"wallets": list(Wallet.objects.of(request.user).values(*fields))})
