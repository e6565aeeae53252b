"""Notes which pages people open, while ``ANALYTICS_ENABLED`` is on."""

from collections.abc import Awaitable, Callable

from asgiref.sync import markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.usage import usage

NOT_PAGES = ("/api/", "/parts/", "/admin/")


class CountUse:
    """Stands after authentication and limits: what is refused is not counted."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        response = await self.get_response(request)
        if settings.CONFIG.analytics_enabled and (page := page_of(request, response)):
            # a view may have signed somebody out or deleted him: then nobody is here any more
            usage.note(page, request.user.pk if request.user.is_authenticated else None)
        return response


def page_of(request: HttpRequest, response: HttpResponse) -> str:
    """The name of the page that somebody opened, or nothing: scripts, programs, forms and errors open none."""
    is_page = (
        request.method == "GET"
        and response.status_code == 200
        and response.headers.get("Content-Type", "").startswith("text/html")
        and request.headers.get("Sec-Fetch-Dest", "document") == "document"
        and "Sec-Purpose" not in request.headers
        and not request.path_info.startswith(NOT_PAGES)
    )
    match = request.resolver_match if is_page else None
    return (match.view_name or "")[:80] if match else ""
