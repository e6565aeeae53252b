"""``/status/``, and the part of it that the page's script fetches again and again.

All of it comes from this process's memory but the record of the past, which the reader asks for at most every ten
seconds and keeps: so the page answers while database or Redis are away.
"""

from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from dashboard.mirror import mirror
from dashboard.pages.errors import not_found
from dashboard.pages.frame import is_staff, may_read_status
from dashboard.pages.history.times import Times, duration, times_of
from dashboard.pages.status import words
from dashboard.pages.status.inside import inside
from dashboard.pages.status.services import incidents, services
from dashboard.pages.status.streams import freshness
from monitoring.health import UNMEASURED
from monitoring.monitor import monitor
from monitoring.uptime import DAYS, reader

READING = ("GET", "HEAD")


async def status(request: HttpRequest) -> HttpResponse:
    """The page."""
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    if not may_read_status(request.user):
        if request.user.is_authenticated:
            return not_found(request, Exception())
        return redirect_to_login(request.get_full_path())
    return answer(request, "status/page.html", await context(request))


async def status_part(request: HttpRequest) -> HttpResponse:
    """``/parts/status``: the very partial of the page."""
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    if not may_read_status(request.user):
        return HttpResponse("not for you", status=403, content_type="text/plain")
    return answer(request, "status/_now.html", await context(request))


def answer(request: HttpRequest, template: str, said: dict[str, Any]) -> HttpResponse:
    """Never cached."""
    response = render(request, template, said)
    response["Cache-Control"] = "private, no-store"
    return response


async def context(request: HttpRequest) -> dict[str, Any]:
    """What the templates show."""
    measured = monitor.measured or UNMEASURED
    past = await reader.read(may_ask=measured.database.connected)
    now, staff = monitor.clock.now_ms(), is_staff(request.user)
    times = times_of(request.user, now) if request.user.is_authenticated else Times("UTC", now)
    is_away = past is None or not measured.database.connected
    return {
        "section": "status",
        "times": times,
        "overall": words.overall(measured, now),
        "measured": words.age(now - measured.at) if measured.at else "",
        "at": times.at(measured.at or now),
        "runs": duration(measured.uptime),
        "services": services(measured, past, now, staff),
        "incidents": incidents(past, times, staff),
        "has_past": past is not None,
        "past_at": times.near(past.at) if past and is_away else "",
        "is_away": is_away,
        "days": DAYS,
        "freshness": freshness(mirror.status(), staff),
        "inside": inside(measured) if staff else None,
    }
