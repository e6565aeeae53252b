"""What a browser keeps for its person without signing in: theme and favourite markets.

Both cookies are written by scripts too (``theme.js``, ``favourites.js``), in the same form, and hold no secret.
"""

from urllib.parse import quote, unquote

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from dashboard.pages.frame import THEMES

YEAR = 365 * 24 * 3600
MOST_FAVOURITES = 100


def favourites(request: HttpRequest) -> list[str]:
    """Names of the favourite markets, in the order in which they were chosen."""
    names = (unquote(part)[:64] for part in request.COOKIES.get("favourites", "").split("|"))
    return [name for name in dict.fromkeys(names) if name][:MOST_FAVOURITES]


@require_POST
async def toggle_favourite(request: HttpRequest) -> HttpResponse:
    """Add or take away ``coin``, then go back to ``next``. Names are checked where they are shown."""
    chosen = favourites(request)
    coin = request.POST.get("coin", "")[:64]
    if coin in chosen:
        chosen.remove(coin)
    elif coin:
        chosen.append(coin)
    response = _back(request)
    keep_favourites(response, request, chosen)
    return response


def keep_favourites(response: HttpResponse, request: HttpRequest, names: list[str]) -> None:
    """Have the browser keep these, each once; of too many the newest."""
    chosen = list(dict.fromkeys(names))[-MOST_FAVOURITES:]
    _keep(response, request, "favourites", "|".join(quote(name, safe="") for name in chosen))


@require_POST
async def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep ``theme``, then go back to ``next``."""
    response = _back(request)
    if request.POST.get("theme") in THEMES:
        _keep(response, request, "theme", request.POST["theme"])
    return response


def _back(request: HttpRequest) -> HttpResponse:
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(target if safe else "/")


def _keep(response: HttpResponse, request: HttpRequest, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
