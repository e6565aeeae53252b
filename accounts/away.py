"""While the database is away: what that is, and who somebody is then.

A browser that brings a session keeps it: nobody is signed out because the database cannot say who he is.
"""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

AWAY = (OperationalError, InterfaceError)
OURS = ("no such table", "no such column", "syntax error", "has no column")
"""SQLite says in the same class what is wrong with our own statements."""
READING = ("GET", "HEAD", "OPTIONS")


class Unreadable(AnonymousUser):
    """Somebody whose session cannot be looked up just now. He may see what everybody may see."""

    is_unreadable = True


def is_away(error: BaseException | None) -> bool:
    """Whether it says that the database cannot serve just now: gone, too busy, or its disk full."""
    return isinstance(error, AWAY) and not str(error).startswith(OURS)


def stand_in(request: Any) -> Unreadable:
    """Go on without session and user; the cookie stays as it is, for nothing is written."""
    if not hasattr(request.session, "_session_cache"):
        request.session._session_cache = {}
    request.user = request._cached_user = request._acached_user = Unreadable()
    return request.user


def wants_user(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether it is an answer to somebody who is not signed in, which nobody can say now."""
    sign_in = resolve_url(settings.LOGIN_URL)
    to_sign_in = response.status_code == 302 and response.headers.get("Location", "").startswith(sign_in)
    return to_sign_in or response.status_code in (401, 403)
