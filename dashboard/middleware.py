"""Django's middleware without a thread for each of its steps.

Django runs ``process_request`` and ``process_response`` of its own middleware in a thread when the
chain is asynchronous, which costs more than most of our views. The ones here only look at headers
and cookies, so they may run on the event loop. What may touch the database is in ``accounts.middleware``.
"""

import logging

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware

from accounts.away import AWAY
from alerts.models import Firing

log = logging.getLogger(__name__)

NOT_PAGES = ("/api/", "/parts/")


class Inline:
    """Mixin for a ``MiddlewareMixin`` whose steps do no I/O: they run where the request runs."""

    async def __acall__(self, request):
        before = getattr(self, "process_request", None)
        response = before(request) if before else None
        response = response or await self.get_response(request)
        after = getattr(self, "process_response", None)
        return after(request, response) if after else response


class Security(Inline, SecurityMiddleware):
    """Headers that make browsers careful."""

    def process_response(self, request, response):
        """Django's, and which powers of the browser no page uses."""
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return super().process_response(request, response)


class ContentSecurityPolicy(Inline, CSPMiddleware):
    """Which scripts, styles and sockets a page may use; ``request.csp_nonce`` for inline ones."""


class Common(Inline, CommonMiddleware):
    """Slashes and content length."""


class Csrf(Inline, CsrfViewMiddleware):
    """Forms only from our own pages. The token is in a cookie, not in the session."""


class Messages(Inline, MessageMiddleware):
    """A word on the next page. It is in a cookie, or in the session, which is already read."""


class XFrameOptions(Inline, XFrameOptionsMiddleware):
    """Pages are not shown in frames."""


class Unacknowledged:
    """``request.unacknowledged`` for the header of pages that are made on the event loop, where nobody may query.

    Other pages ask for it as they are made: see ``Frame.unacknowledged``.
    """

    async_capable, sync_capable = True, False

    def __init__(self, get_response):
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request):
        return await self.get_response(request)

    async def process_view(self, request, view, args, kwargs):
        """One query in a thread, for pages of those who are signed in."""
        is_page = iscoroutinefunction(view) and request.method in ("GET", "HEAD")
        if is_page and request.user.is_authenticated and not request.path_info.startswith(NOT_PAGES):
            count = sync_to_async(Firing.objects.count_unacknowledged)
            try:
                request.unacknowledged = await count(request.user)
            except AWAY as error:
                log.warning("cannot count what is not acknowledged: %s", error)
                request.unacknowledged = None
