"""Who asks: a token, which ``accounts.bearer`` has judged, or the session of a browser.

Writes of a session need the CSRF token like every form: the middleware asks, as these views are not exempt.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer


class Token(HttpBearer):
    """``Authorization: Bearer hld_…``"""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """The user, whom the middleware has found."""
        return request.user if getattr(request, "api_token", None) else None


class Session(APIKeyCookie):
    """The cookie of who is signed in."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self) -> None:
        super().__init__(csrf=False)  # see the module

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """The user, unless a token has spoken."""
        return request.user if request.user.is_authenticated and not getattr(request, "api_token", None) else None


SOMEBODY = [Token(), Session()]
