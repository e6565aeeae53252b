"""``/api/v1/``: its lists, its errors, its document and the page of it."""

from typing import Any, NoReturn

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from dashboard.api import alerts, firings, history, markets, record, trips
from dashboard.api.document import completed
from dashboard.api.problems import WORDS, NotAsSeen, problem, unreadable
from dashboard.api.who import SOMEBODY
from dashboard.history import NoHistory
from dashboard.pages.history.scope import NotYours

ABOUT = (
    "What the pages show, for programs. Amounts are texts with all their digits, moments and spans are ms "
    "(Unix, UTC). A token of the api tier is sent as `Authorization: Bearer hld_…`, never in an address. "
    "Read-only towards the exchange: nothing here can trade."
)
NOBODY = "Send Authorization: Bearer with an API token, or sign in."


class Api(NinjaAPI):
    """The library's, with a document that says every answer."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The document."""
        return completed(super().get_openapi_schema(**options))


api = Api(
    title="Hyperliquid dashboard",
    version="1.0.0",
    description=ABOUT,
    docs_url=None,
    auth=SOMEBODY,
    urls_namespace="api-v1",
)
for part in (markets, record, history, trips, alerts, firings):
    api.add_router("", part.router)


@api.exception_handler(NotYours)
@api.exception_handler(Http404)
def not_here(request: HttpRequest, error: Exception) -> HttpResponse:
    """Somebody else's is answered like nobody's."""
    return problem(404, "There is nothing here, or it is not yours.")


@api.exception_handler(NotAsSeen)
def changed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Somebody else was quicker."""
    return problem(412, WORDS[412])


@api.exception_handler(NoHistory)
def away(request: HttpRequest, error: NoHistory) -> HttpResponse:
    """Neither the feed nor the exchange can say it just now."""
    found: HttpResponse = markets.waiting(str(error), error.retry_after)
    return found


@api.exception_handler(AuthenticationError)
def nobody(request: HttpRequest, error: Exception) -> HttpResponse:
    """How to become somebody."""
    response = problem(401, NOBODY)
    response["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


@api.exception_handler(ValidationError)
def wrong(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What cannot be read, part by part."""
    return unreadable(error.errors)


@api.exception_handler(HttpError)
def other(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What the library says itself: a body that is no JSON."""
    return problem(error.status_code, error.message)


@api.exception_handler(Exception)
def broken(request: HttpRequest, error: Exception) -> NoReturn:
    """Django's own way: logged, told to Sentry, 503 if the database is away."""
    raise error


urls = api.urls
for pattern in urls[0]:
    if pattern.name == "openapi-json":
        pattern.callback = require_safe(pattern.callback)
    pattern.callback.csrf_exempt = False  # writes of a session need the token, as all forms do
