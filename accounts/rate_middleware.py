"""Admits a request or answers 429, by the tier that the database knows, before any view runs.

Health and static files are free. Whoever shows neither session nor token costs no query: he is
counted by address with the limit of the free tier.
"""

from collections.abc import Awaitable, Callable
from functools import cache

from asgiref.sync import markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.models import Tier
from accounts.rate import Limiter, Verdict, address_key

FREE_OF_LIMITS = ("/api/health", "/static/")


@cache
def limiter() -> Limiter:
    """The counting of this process."""
    return Limiter(settings.CONFIG.redis_url, settings.CONFIG.hyperliquid_network)


class RateLimit:
    """Stands after authentication, which has loaded ``request.user`` where there is a session or a token."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.CONFIG.rate_limit_enabled or request.path_info.startswith(FREE_OF_LIMITS):
            return await self.get_response(request)
        key, tier = who(request)
        found = await limiter().take(key, limit_of(tier))
        response = await self.get_response(request) if found.admitted else refusal(request, found)
        for name, value in found.headers.items():
            response.headers[name] = value
        return response


def who(request: HttpRequest) -> tuple[str, str]:
    """Key and tier: the user of a session or token, else the address as a free one."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}", request.user.tier
    return address_key(request.META.get("REMOTE_ADDR", "")), Tier.FREE


def limit_of(tier: str) -> int:
    """Requests in a window; a tier that is not configured gets what free ones get."""
    config = settings.CONFIG
    limits = {Tier.PRO: config.rate_limit_pro, Tier.API: config.rate_limit_api}
    return limits.get(tier, config.rate_limit_free)


def refusal(request: HttpRequest, found: Verdict) -> HttpResponse:
    """429 that says when to come back, as JSON or as a page, whichever was asked for."""
    programs = request.path_info.startswith("/api/")
    kinds = ["application/json", "text/html"] if programs else ["text/html", "application/json"]
    text = f"At most {found.limit} requests in 60 seconds. Come back in {found.reset} seconds."
    if request.get_preferred_type(kinds) == "application/json":
        body = {"error": text, "limit": found.limit, "retry_after": found.reset}
        response: HttpResponse = JsonResponse(body, status=429)
    else:
        response = render(request, "429.html", {"found": found}, status=429)
    response["Cache-Control"] = "no-store"
    return response
