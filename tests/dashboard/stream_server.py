"""A real web server with answers that are long, or fail midway: run as a process by test_long_answers.

It prints its port. ``/long`` has 100 MB; ``/given`` says how many bytes of the last one were given so far, and
whether it ended; ``/fails`` fails after its first piece, ``/refuses`` before it. The command line may say after
how many seconds a reader has stalled.
"""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

import django
from django.conf import settings

django.setup()
settings.ROOT_URLCONF, settings.MIDDLEWARE = "__main__", []

import asyncio
import gc
from collections.abc import AsyncGenerator

from daphne.server import twisted_loop
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

from accounts.pieces import LongAnswer
from dashboard import long_answers, server

PIECE, PIECES = b"x" * 65_536, 1_600
last = {"given": 0, "ended": ""}


async def pieces(fails: bool) -> AsyncGenerator[bytes]:
    last.update(given=0, ended="")
    try:
        for _ in range(PIECES):
            yield PIECE
            last["given"] += len(PIECE)
            if fails:
                raise ValueError("failed midway")
    finally:
        last["ended"] = "ended"


async def long(request: HttpRequest) -> LongAnswer:
    return LongAnswer(pieces(fails=False))


async def fails(request: HttpRequest) -> LongAnswer:
    return LongAnswer(pieces(fails=True))


async def given(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{last['given']} {last['ended']}")


async def application(scope, receive, send) -> None:
    if scope["path"] == "/refuses":
        raise ValueError("refused")
    await pages(scope, receive, send)


def ready() -> None:
    sys.stdout.write(f"{web.listening_addresses[0][1]}\n")
    sys.stdout.flush()


async def stop() -> None:
    """In the order of the web process."""
    web.endings.begin()
    await web.endings.close_ports()
    await web.endings.requests_answered()


urlpatterns = [path("long", long), path("fails", fails), path("given", given)]

if __name__ == "__main__":
    gc.disable()  # nothing may end only because the garbage happens to be collected
    asyncio.set_event_loop(twisted_loop)
    if len(sys.argv) > 1:
        patience = float(sys.argv[1])
        server.taken = lambda protocol: long_answers.taken(protocol, patience)
    pages = get_asgi_application()
    web = server.WebServer(
        application, endpoints=["tcp:port=0:interface=127.0.0.1"], ready_callable=ready, on_stop=stop
    )
    web.run()
