"""``/api/v1/docs``: the OpenAPI document as a page of this site; no script, nothing from elsewhere.

And what ``/api/v1/stream`` says to who asks for it without a socket.
"""

import json
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.api.api import api
from dashboard.api.problems import problem


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """All operations with their parameters, answers and examples."""
    document, operations = described()
    context = {"document": document, "operations": operations, "origin": request.build_absolute_uri("/")[:-1]}
    response = render(request, "api/docs.html", context)
    response["Cache-Control"] = "private, no-cache"
    return response


@require_safe
def stream(request: HttpRequest) -> HttpResponse:
    """That it is a socket."""
    response = problem(426, "This is a websocket: open it as such (docs/socket-protocol.md).")
    response["Upgrade"] = "websocket"
    return response


@cache
def described() -> tuple[Any, list[dict[str, Any]]]:
    """The document, and its operations as the page shows them."""
    document = api.get_openapi_schema()
    found = [
        operation_of(path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return document["info"], found


def operation_of(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    """One of them."""
    good = next(status for status in operation["responses"] if status.startswith("2"))
    content = operation["responses"][good].get("content", {})
    sent = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"].replace("dashboard_api_", ""),
        "path": path,
        "method": method.upper(),
        "text": operation.get("description") or operation["summary"],
        "is_open": not operation["security"],
        "scope": "none" if not operation["security"] else "read" if method == "get" else "alerts",
        "parameters": [parameter_of(one) for one in operation.get("parameters", ())],
        "good": good,
        "example": example_text(content),
        "body": example_text(sent),
    }


def parameter_of(one: dict[str, Any]) -> dict[str, Any]:
    """Name, form and meaning."""
    schema = one["schema"]
    form = next((kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"), schema)
    limits = [f"{word} {form[name]}" for name, word in (("minimum", "from"), ("maximum", "to")) if name in form]
    return {
        "name": one["name"],
        "kind": " ".join([form.get("type", ""), *limits]),
        "choices": form.get("enum", ()),
        "default": schema.get("default") if schema.get("default") not in (None, "") else "",
        "text": schema.get("description", ""),
        "required": one.get("required", False),
    }


def example_text(content: dict[str, Any]) -> str:
    """JSON as people read it."""
    return next((json.dumps(one["example"], indent=2, ensure_ascii=False) for one in content.values()), "")
