"""``/styleguide/``: the design system on one page, for staff; read from the style, so that it cannot be behind."""

import re
from functools import cache
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.pages.errors import not_found
from dashboard.pages.frame import is_staff
from dashboard.pages.freshness import alarm

TOKEN = re.compile(r"--([\w-]+):\s*([^;]+);")
COLOUR = re.compile(r"light-dark\(|#")


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """The page; whoever is no member of staff learns nothing of it."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    if not is_staff(request.user):
        return not_found(request, Exception())
    return render(request, "styleguide/page.html", {**tokens(), **alarms()})


def alarms() -> dict[str, str]:
    """What pages say while the exchange is away: with numbers of before, and before there was any."""
    away = {"age": 0, "feed": {"now": 0, "connected": False, "since": None}, "streams": {}}
    return {"stale_alarm": alarm(away, ()), "waiting_alarm": alarm(away, (), has_numbers=False)}


@cache
def tokens() -> dict[str, Any]:
    """Names of tokens in the order of ``tokens.css``: colours, sizes of type, spaces."""
    with open(str(finders.find("css/tokens.css")), encoding="utf-8") as style:
        found = dict(TOKEN.findall(style.read()))
    return {
        "colours": [name for name, value in found.items() if COLOUR.match(value)],
        "sizes": [name for name in found if name.startswith("size-")],
        "spaces": [name for name in found if name.startswith("space-")],
    }
