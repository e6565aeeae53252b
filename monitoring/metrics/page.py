"""``/metrics`` of the web process. Prometheus has no session, and asks by an address that is no name of the site.

So it is answered before sessions, names of hosts and limits are looked at. For everybody else there is no such
page: the request goes on its way, and is answered and counted as any other for an address that does not exist.
"""

from collections.abc import Awaitable, Callable

from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST

from monitoring.metrics.access import may_read
from monitoring.metrics.registry import text

PATH = "/metrics"


class MetricsPage:
    """Stands after ``TrustedProxies``, which says who asks."""

    async_capable, sync_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == PATH and request.method == "GET" and may_read(request.META):
            headers = {"Cache-Control": "no-store"}
            return HttpResponse(await text(), content_type=CONTENT_TYPE_LATEST, headers=headers)
        return await self.get_response(request)
