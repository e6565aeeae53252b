"""A web process with two views beside the product's: ``python -m benchmarks.serving_site web``.

``/bare`` is an async Django view without any middleware, ``/default`` the same below those that ``startproject``
writes into the settings (with its session and user, of which nobody brings one). Both are served by the same
daphne in the same process as the product's pages.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

import daphne.server  # noqa: F401  # isort: skip - installs the reactor, so it comes before all else of Twisted

import django

django.setup()

from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.core.management import call_command
from django.http import HttpRequest, JsonResponse
from django.test.utils import override_settings
from django.urls import path

from dashboard import asgi, urls

DEFAULT = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
BODY = {
    "status": "healthy",
    "services": {name: {"up": True, "latency": 1.5} for name in ("database", "redis", "feed")},
}


async def bare(request: HttpRequest) -> JsonResponse:
    """As much as a view can be without doing anything."""
    return JsonResponse(BODY)


class Handler(ASGIHandler):
    """Django below middleware of its own."""

    def __init__(self, middleware: list[str]) -> None:
        with override_settings(MIDDLEWARE=middleware):
            super().__init__()


def beside(product: Any) -> Any:
    """The product's application with the two views."""
    urls.urlpatterns += [path("bare", bare), path("default", bare)]
    handlers = {"/bare": Handler([]), "/default": Handler(DEFAULT)}

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await handlers.get(scope["path"], product)(scope, receive, send)

    return application


if __name__ == "__main__":
    asgi.application = beside(asgi.application)
    call_command(sys.argv[1])
