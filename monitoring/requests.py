"""Each request has an id, a line in the log, and a place in the histogram of ``/metrics``.

The id is that of a trusted proxy (``X-Request-ID``; ``accounts.proxies`` drops what strangers say), or a new one;
the answer tells it. Stands right after ``TrustedProxies``, so that nothing of a request happens without its id.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path
from django.utils.functional import LazyObject, empty
from prometheus_client import Gauge, Histogram

from exchange import log_id
from monitoring.metrics.registry import PREFIX, REGISTRY

log = logging.getLogger("access")

HEADER = "X-Request-ID"
GONE = 499
"""As nginx says it: who asked hung up before there was an answer."""
POLLED = ("/api/health", "/metrics")
"""Asked every few seconds by machines: their line is for DEBUG, unless something is wrong."""
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

SECONDS = Histogram(
    f"{PREFIX}request_seconds",
    "From the request to the beginning of the answer, by name of the route and class of the status.",
    ["route", "status"],
    buckets=BUCKETS,
    registry=REGISTRY,
)
GOING = Gauge(f"{PREFIX}requests_going", "Requests that have no answer yet.", registry=REGISTRY)


class Requests:
    """See the module."""

    async_capable, sync_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        with log_id.bound(given if log_id.is_sane(given) else log_id.new()) as name:
            began = time.perf_counter()
            GOING.inc()
            try:
                response = await self.get_response(request)
            except asyncio.CancelledError:
                note(request, GONE, time.perf_counter() - began)
                raise
            finally:
                GOING.dec()
            note(request, response.status_code, time.perf_counter() - began)
        response.headers[HEADER] = name
        return response


def note(request: Any, status: int, seconds: float) -> None:
    """Count it, and write its line."""
    route = route_of(request)
    SECONDS.labels(route, f"{status // 100}xx").observe(seconds)
    level = logging.DEBUG if status < 400 and request.path_info.startswith(POLLED) else logging.INFO
    if not log.isEnabledFor(level):
        return
    path, ms = escape_uri_path(request.path), round(seconds * 1000, 1)
    said = {"method": request.method, "path": path, "status": status, "ms": ms, "route": route}
    if user := user_of(request):
        said["user"] = user
    log.log(level, "%s %s %d in %s ms", request.method, path, status, ms, extra=said)


def route_of(request: Any) -> str:
    """The name of the route, never an address: there are as many of those as strangers like."""
    if match := request.resolver_match:
        return str(match.view_name)
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "none"


def user_of(request: Any) -> int | None:
    """The number of who asked, if he has been read: never a question to the database."""
    user = getattr(request, "user", None)
    if user is None or (isinstance(user, LazyObject) and user._wrapped is empty):
        return None
    return user.pk if user.is_authenticated else None
