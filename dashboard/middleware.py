"""Django's middleware without a thread for each of its steps.

Django runs ``process_request`` and ``process_response`` of its own middleware in a thread when the
chain is asynchronous, which costs more than most of our views. The ones here only look at headers
and cookies, so they may run on the event loop. Sessions and messages may touch the database: they
stay as Django has them.
"""

from csp.middleware import CSPMiddleware
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware


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


class ContentSecurityPolicy(Inline, CSPMiddleware):
    """Which scripts, styles and sockets a page may use; ``request.csp_nonce`` for inline ones."""


class Common(Inline, CommonMiddleware):
    """Slashes and content length."""


class Csrf(Inline, CsrfViewMiddleware):
    """Forms only from our own pages. The token is in a cookie, not in the session."""


class Authentication(Inline, AuthenticationMiddleware):
    """``request.user``, fetched when somebody asks for it."""


class XFrameOptions(Inline, XFrameOptionsMiddleware):
    """Pages are not shown in frames."""
