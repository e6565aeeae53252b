"""Breaks in every way that is reported, with planted secrets everywhere: a process of its own.

``python -m tests.monitoring.planting`` reads secrets from its input, a JSON list of [kind, secret], and spreads
them over everything that an error report or a trace can hold.
"""

import asyncio
import json
import logging
import os
import sys
import threading
from urllib.parse import quote, urlencode

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

import django

django.setup()

from asgiref.testing import ApplicationCommunicator
from django.db import connection
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from dashboard import urls
from dashboard.asgi import application
from monitoring import sentry

log = logging.getLogger("alerts.planted")
SECRETS: list[str] = []


def taken(count: int) -> list[str]:
    """The next secrets; the first ones again when all have been planted."""
    secrets, SECRETS[:] = SECRETS[:count], SECRETS[count:] + SECRETS[:count]
    return secrets


class PlantedError(Exception):
    """What is raised."""


@csrf_exempt
def breaking(request, about):
    """A view that fails with secrets in local variables, breadcrumbs, SQL and the error itself."""
    first, second, third, fourth, fifth = taken(5)
    held = {"deep": [{"in": (first, {second: 1})}], "bytes": second.encode()}
    log.info("about %s and %s", first, third, extra={"given": fourth})
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s AS planted", [third])
        cursor.execute(f"SELECT '{fourth.replace('%', '%%')}' AS written_out")
    try:
        raise ValueError(f"caused by {fifth}")
    except ValueError as cause:
        raise PlantedError(f"failed on {held['deep'][0]['in'][0]}", second) from cause


@csrf_exempt
def well(request, about):
    """One that does not fail."""
    return HttpResponse()


urls.urlpatterns += [path("breaking/<path:about>/", breaking), path("well/<path:about>/", well)]


async def ask() -> None:
    """Requests with secrets in path, query, headers, cookies and form."""
    for page in ("breaking", "well") * 10:
        a, b, c, d, e, f = (one.replace("\n", " ") for one in taken(6))
        form = urlencode({"password": a, "note": d, "to": f}).encode()
        headers = {
            "host": "localhost",
            "authorization": f"Basic {b}",
            "x-api-key": c,
            "user-agent": f"agent {d}",
            "referer": f"https://x/?q={c}",
            "cookie": f"csrftoken={quote(b)}; other={quote(a)}",
            "content-type": "application/x-www-form-urlencoded",
            "content-length": str(len(form)),
        }
        scope = {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "path": f"/{page}/{e}/",
            "query_string": urlencode({"q": f}).encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("203.0.113.77", 1234),
            "server": ("localhost", 80),
        }
        asked = ApplicationCommunicator(application, scope)
        await asked.send_input({"type": "http.request", "body": form})
        status = (await asked.receive_output(10))["status"]
        await asyncio.to_thread(sentry.flush)  # or a slow machine's queue is full, and what was planted stays here
        assert status in (200, 400, 500)  # 400: an API token in an address is refused before any view


def log_errors() -> None:
    """Messages, arguments and extra of errors that are logged, as loops do."""
    for number in range(25):
        a, b, c = taken(3)
        try:
            raise PlantedError(a)
        except PlantedError:
            log.exception("round %d failed on %s: %r", number, b, {"token": c, "to": [a]}, extra={"where": {b: c}})
    log.error(f"written out {taken(1)[0]} %s", taken(1)[0])


def in_thread() -> None:
    """An error in a thread that nobody catches."""
    planted = taken(1)[0]
    raise PlantedError(planted)


async def unawaited() -> None:
    """An error of a task that nobody awaits."""

    async def fail() -> None:
        raise PlantedError(taken(1)[0])

    task = asyncio.create_task(fail())
    await asyncio.sleep(0.05)
    del task


def main() -> None:
    SECRETS.extend(secret for _kind, secret in json.load(sys.stdin))
    sentry.start("planting")
    asyncio.run(ask())
    log_errors()
    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    asyncio.run(unawaited())
    sentry.flush()
    in_thread()  # and the process ends with one


if __name__ == "__main__":
    main()
