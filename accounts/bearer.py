"""``Authorization: Bearer``: programs show a token, on the API and nowhere else, and never in an address.

A request with a token has no session: cookies beside it do not count, and so it needs no CSRF token.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from asgiref.sync import markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts.models import ApiToken
from accounts.models.token import MARK

API = "/api/"
ALERTS = ("/api/alerts", "/api/v1/alerts", "/api/v1/firings")
"""Where the scope ``alerts`` may write; acknowledging a firing is a write of its alert."""
TOKEN = re.compile(MARK + r"[0-9a-f]{8}_")
READING = ("GET", "HEAD", "OPTIONS")
IN_THE_ADDRESS = (
    "A token was sent in the address, where logs and histories keep it: it counts for nothing there. Revoke it, "
    "make another, and send it as Authorization: Bearer."
)
UNKNOWN = "This token is unknown, revoked or expired, or its user does not have the api tier."
NOT_HERE = "A token is valid for /api/ only."
NOT_ENOUGH = "This token lacks the scope {scope}."


class Bearer:
    """Stands after authentication and before limits. Sets ``request.user`` and ``request.api_token``."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: Any) -> HttpResponse:
        request.api_token = None
        if TOKEN.search(unquote(request.META.get("QUERY_STRING", ""))):
            return refusal(400, IN_THE_ADDRESS)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return await self.get_response(request)
        if not request.path_info.startswith(API):
            return refusal(403, NOT_HERE)
        row = await sync_to_async(ApiToken.objects.verify)(token.strip())
        if row is None:
            return refusal(401, UNKNOWN, "invalid_token")
        if scope := missing_scope(row, request):
            return refusal(403, NOT_ENOUGH.format(scope=scope), "insufficient_scope")
        show(request, row)
        return await self.get_response(request)


def missing_scope(row: ApiToken, request: HttpRequest) -> str:
    """Reading needs ``read``, changing alerts needs ``alerts``; nothing else can be changed by a program."""
    if request.method in READING:
        return "" if row.can_read else "read"
    is_alerts = any(request.path_info == one or request.path_info.startswith(f"{one}/") for one in ALERTS)
    return "" if row.can_alert and is_alerts else "alerts"


def show(request: Any, row: ApiToken) -> None:
    """From here on the request is the token's user's, whatever cookies came with it."""

    async def auser() -> Any:
        return row.user

    request.api_token, request.user, request.auser = row, row.user, auser
    request._dont_enforce_csrf_checks = True  # Django's own switch: no browser adds this header by itself


def refusal(status: int, text: str, error: str = "") -> HttpResponse:
    """In JSON, for programs; ``error`` is a code of RFC 6750."""
    response = JsonResponse({"error": text}, status=status)
    response["Cache-Control"] = "no-store"
    if error:
        response["WWW-Authenticate"] = f'Bearer realm="api", error="{error}"'
    return response
