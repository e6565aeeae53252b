"""The OpenAPI document: what the library writes, with the errors, headers and examples that every answer has."""

from typing import Any

from dashboard.api.problems import KIND

EVERYWHERE = {
    400: "A token was sent in the address, or the request cannot be read.",
    401: "Nobody, or a token that does not count.",
    403: "The token has not the scope, or a write of a session has no CSRF token.",
    422: "A parameter or the body is wrong; `errors` says where, and what to do.",
    429: "More requests than the tier allows; `Retry-After` says when to come back.",
    500: "Something is broken here.",
    503: "The database, the feed or the exchange is away; `Retry-After` says when to come back.",
}
LIMITS = {
    "RateLimit-Limit": "Requests in 60 seconds that the tier allows.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until the oldest one counted falls out.",
}
ETAG = "Send it as `If-None-Match` to read again, of an alert also as `If-Match` to change it."
PROBLEM = {"$ref": "#/components/schemas/Problem"}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with all of it."""
    schemas = document["components"]["schemas"]
    for operations in document["paths"].values():
        for method, operation in operations.items():
            if "auth" not in operation and "security" not in operation:
                operation["security"] = []
            for one in operation.get("parameters", ()):
                if examples := one.pop("examples", None):  # a list, which OpenAPI has in schemas only
                    one["example"] = examples[0]
            answers = operation["responses"]
            for status, text in EVERYWHERE.items():
                answers.setdefault(status, {"description": text})["description"] = text
            if method == "get":
                answers[304] = {"description": "It is as `If-None-Match` has it."}
                answers[412] = {"description": "It is not as `If-Match` has it."}
            for status, answer in answers.items():
                complete(int(status), answer, schemas)
            operation["responses"] = {str(status): answers[status] for status in sorted(answers)}
            for body in operation.get("requestBody", {}).get("content", {}).values():
                body["example"] = {"metric": "mark", "coin": "BTC", "side": "above", "threshold": "64250.5"}
    return document


def complete(status: int, answer: dict[str, Any], schemas: dict[str, Any]) -> None:
    """One answer: its form, headers and example."""
    text = {"schema": {"type": "string"}}
    answer["headers"] = {name: {"description": said, **text} for name, said in LIMITS.items()}
    if status >= 400:
        answer["content"] = {KIND: {"schema": PROBLEM}}
    elif status in (200, 201):
        answer["headers"]["ETag"] = {"description": ETAG, **text}
    for content in answer.get("content", {}).values():
        content["example"] = example(content["schema"], schemas)
        if status >= 400 and status != 422:
            content["example"] = {"type": "about:blank", "title": "…", "status": status, "detail": "…"}


def example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """What an answer of this form looks like, of the examples of its fields."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    if one := next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), None):
        return example(one, schemas)
    if schema.get("type") == "object":
        return {name: example(one, schemas) for name, one in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example(schema["items"], schemas)]
    return {"integer": 1, "boolean": False, "number": 0}.get(schema.get("type", ""), "")
