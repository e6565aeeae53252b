"""Pages for what went wrong, in the design; named in ``dashboard.urls``."""

import logging
import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from accounts.away import is_away
from dashboard.pages.frame import THEMES

log = logging.getLogger(__name__)

RETRY_S = 5
"""After which a page is worth asking for again: the database is asked once a second whether it is back."""


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No page has this address."""
    return render(request, "404.html", status=404)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, or from elsewhere; ``CSRF_FAILURE_VIEW``."""
    return render(request, "403_csrf.html", status=403)


def too_many(request: HttpRequest) -> HttpResponse:
    """One of allauth's limits: a sign-in, a code or a mail was tried too often."""
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = "60"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """Something broke here, or the database is away; the pages need nothing that could be broken too."""
    error = sys.exc_info()[1]
    return away(request, error) if error and is_away(error) else bare(request, "500.html", 500)


def away(request: HttpRequest, error: BaseException) -> HttpResponse:
    """The database cannot serve just now: says so, and when to come back. Logged in one line, without a trace."""
    log.warning("503 %s: the database cannot serve: %s", request.path, str(error).strip())
    if request.path_info.startswith("/api/"):
        body = {"error": "The database cannot be reached just now.", "retry_after": RETRY_S}
        response: HttpResponse = JsonResponse(body, status=503)
    else:
        response = bare(request, "503.html", 503)
    response["Retry-After"], response["Cache-Control"] = str(RETRY_S), "no-store"
    response._has_been_logged = True  # type: ignore[attr-defined] - Django would log a trace for each
    return response


def bare(request: HttpRequest, template: str, status: int) -> HttpResponse:
    """A page outside the frame: neither session nor mirror is asked."""
    theme = request.COOKIES.get("theme")
    simulated = settings.CONFIG.hyperliquid_network == "simulated"
    context = {"theme": theme if theme in THEMES else "", "simulated": simulated}
    return HttpResponse(render_to_string(template, {**context, "path": request.get_full_path()}), status=status)
