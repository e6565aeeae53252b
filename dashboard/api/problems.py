"""What goes wrong under ``/api/v1/``, as ``application/problem+json`` (RFC 9457), whoever found it; and ETags.

The middleware stands outside all that may refuse a request: so also what tokens, limits, forms, the resolver or
a database that is away answer comes in this form, with the headers that they gave.
"""

import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any

from asgiref.sync import markcoroutinefunction
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from ninja import Schema
from pydantic import Field

PREFIX = "/api/v1/"
KIND = "application/problem+json"
WORDS = {
    400: "The request cannot be read.",
    401: "Send Authorization: Bearer with an API token, or sign in.",
    403: "A write with a session needs the token of the form in X-CSRFToken.",
    404: "There is nothing here, or it is not yours.",
    405: "This address does not know that method; Allow names those that it knows.",
    412: "It has changed since you read it. Read it again, then decide.",
    500: "Something is broken here. It has been noted.",
}
MEND = "Correct what “errors” names, then ask again."
RESERVED = {"type", "title", "status", "detail", "errors", "error"}


class NotAsSeen(Exception):
    """It has changed since whoever wants to change it read it."""


class Wrong(Schema):
    """One thing that is wrong, and in which part of the request."""

    where: Annotated[str, Field(examples=["query.limit"])]
    what: Annotated[str, Field(examples=["Input should be less than or equal to 500"])]


class Problem(Schema):
    """An error."""

    type: Annotated[str, Field(examples=["about:blank"])]
    title: Annotated[str, Field(examples=["Unprocessable Entity"])]
    status: Annotated[int, Field(examples=[422])]
    detail: Annotated[str, Field(examples=[MEND])]
    errors: list[Wrong] | None = None
    limit: Annotated[int | None, Field(examples=[None])] = None
    retry_after: Annotated[int | None, Field(description="Seconds.", examples=[None])] = None


def problem(status: int, detail: str, errors: Any = None, **more: Any) -> HttpResponse:
    """The answer."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    if errors:
        body["errors"] = errors
    response = HttpResponse(json.dumps(body), status=status, content_type=KIND)
    response["Cache-Control"] = "no-store"
    return response


def refused(error: ValidationError, where: str = "body") -> HttpResponse:
    """What a model does not take, field by field."""
    fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    wrong = [
        {"where": f"{where}.{name}".rstrip("."), "what": text} for name, texts in fields.items() for text in texts
    ]
    return problem(422, MEND, wrong)


def unreadable(errors: list[dict[str, Any]]) -> HttpResponse:
    """What the parameters or the body do not say in the form that is asked for."""
    wrong = []
    for one in errors:
        kind, *path = [str(part) for part in one["loc"]]
        names = path[1:] if kind == "body" or len(path) > 1 else path
        wrong.append({"where": ".".join([kind, *names])[:120], "what": str(one["msg"])[:300]})
    return problem(422, MEND, wrong)


class Problems:
    """See the module."""

    async_capable, sync_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> None:
        self.get_response = get_response
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        response = await self.get_response(request)
        if not request.path_info.startswith(PREFIX):
            return response
        patch_vary_headers(response, ("Authorization", "Cookie"))
        if response.status_code >= 400:
            return as_problem(response)
        if request.method != "GET" or not response.get("Content-Type", "").startswith("application/json"):
            return response
        response.headers.setdefault("Cache-Control", "private, no-cache")
        if "ETag" not in response:
            set_response_etag(response)
        found = get_conditional_response(request, etag=response["ETag"], response=response)
        return as_problem(found) if found.status_code >= 400 else found


def as_problem(response: HttpResponse) -> HttpResponse:
    """The same in the form of this API; headers stay, and cookies but for that of forms."""
    if response.get("Content-Type", "").startswith(KIND):
        return response
    said = {}
    if response.get("Content-Type", "").startswith("application/json"):
        said = json.loads(response.content)
    detail = said.get("error") or WORDS.get(response.status_code, HTTPStatus(response.status_code).phrase)
    found = problem(response.status_code, detail, **{k: v for k, v in said.items() if k not in RESERVED})
    for name, value in response.headers.items():
        if name not in ("Content-Type", "Content-Length", "Content-Security-Policy"):
            found.headers[name] = value
    found.cookies = response.cookies
    found.cookies.pop(settings.CSRF_COOKIE_NAME, None)  # of the page that this stands for: here is no form
    return found
