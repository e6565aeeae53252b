"""Pages for what went wrong, in the design; named in ``dashboard.urls``."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from dashboard.pages.frame import THEMES


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
    """Something broke here; the page needs nothing that could be broken too."""
    theme = request.COOKIES.get("theme")
    simulated = settings.CONFIG.hyperliquid_network == "simulated"
    context = {"theme": theme if theme in THEMES else "", "simulated": simulated}
    return HttpResponse(render_to_string("500.html", context), status=500)
