"""What is left of an error report or a trace before it is sent to Sentry: nothing secret, nothing of a user.

All of it goes through the scrubber here, once, just before it leaves: breadcrumbs and local variables of what is
never sent cost nothing. An error in here drops the report (the SDK does that): rather none than one with secrets.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from exchange import log_id
from monitoring.scrub import HIDDEN, is_secret, scrub, scrub_value

SCRUBBED = (
    "message",
    "logentry",
    "breadcrumbs",
    "extra",
    "tags",
    "spans",
    "transaction",
    "fingerprint",
    "server_name",
)
DROPPED = ("user", "modules")
PERSONAL = {
    *("name", "first_name", "last_name", "label", "note", "notes", "text", "hint", "value", "values", "given"),
    *("data", "form", "cleaned_data", "body", "raw", "content", "user", "users", "message", "address", "post"),
}
"""Local variables that may hold what somebody has typed."""
MODEL = re.compile(r"<([A-Z]\w*): (?!\[hidden\])[^<>]*>")
"""How Django shows a row: its text is what a user calls it."""
UNSAID = re.compile(
    r"user|(?:.*[._])?(?:query|query_string|fragment|client\.address|client\.port|server\.address|cookies)"
)
"""Attributes of spans and log lines that say who asked, and for what exactly."""


def clean(event: dict[str, Any], hint: Any = None) -> dict[str, Any]:
    """The event without secrets, for ``before_send`` and ``before_send_transaction``."""
    for name in DROPPED:
        event.pop(name, None)
    if "://" in event.get("transaction", ""):  # of an address that no view answers
        event["transaction"] = urlsplit(event["transaction"]).path
    for name in SCRUBBED:
        if name in event:
            event[name] = scrub_value(_said(event[name]))
    for name in ("exception", "threads"):
        if name in event:
            event[name] = {"values": [_told(one) for one in _entries(event[name])]}
    if "request" in event:
        event["request"] = _request(event["request"])
    if "contexts" in event:
        event["contexts"] = _contexts(event["contexts"])
    if name := log_id.current():  # by it the lines of log around are found
        event["tags"] = {**event.get("tags", {}), "id": name}
    return event


def _entries(section: Any) -> list[dict[str, Any]]:
    return section["values"] if isinstance(section, dict) else section


def _said(value: Any) -> Any:
    """The structure without the attributes that are never said."""
    if isinstance(value, dict):
        return {key: _said(one) for key, one in value.items() if not UNSAID.fullmatch(str(key))}
    return [_said(one) for one in value] if isinstance(value, list) else value


def _told(entry: dict[str, Any]) -> dict[str, Any]:
    """One exception, or one thread. Files, functions and lines of source are ours, and stay as they are."""
    kept = {name: scrub_value(value, name) for name, value in entry.items() if name != "stacktrace"}
    if stack := entry.get("stacktrace"):
        kept["stacktrace"] = {"frames": [_frame(one) for one in stack.get("frames", [])]}
    return kept


def _frame(frame: dict[str, Any]) -> dict[str, Any]:
    if "vars" not in frame:
        return frame
    return {**frame, "vars": {name: _local(name, value) for name, value in frame["vars"].items()}}


def _local(name: str, value: Any) -> Any:
    """A local variable; numbers stay whatever they are called, unless the name says that they are secret."""
    if name in PERSONAL and not isinstance(value, int | float | bool | None) and not is_number(value):
        return HIDDEN
    return scrub_value(_unnamed(value), name)


def is_number(value: Any) -> bool:
    """Whether it is the text of a number, as the SDK shows local variables."""
    return isinstance(value, str) and re.fullmatch(r"-?\d[\d.]*|None|True|False", value) is not None


def _unnamed(value: Any) -> Any:
    """The structure with rows of the database told by their kind alone."""
    if isinstance(value, str):
        return MODEL.sub(rf"<\1: {HIDDEN}>", value)
    if isinstance(value, dict):
        return {_unnamed(key): HIDDEN if key in PERSONAL else _unnamed(one) for key, one in value.items()}
    return [_unnamed(one) for one in value] if isinstance(value, list) else value


def _request(request: dict[str, Any]) -> dict[str, Any]:
    """Method and path: headers, cookies, query, form and environment are somebody's own."""
    path = urlsplit(str(request.get("url", ""))).path
    return {"method": request.get("method"), "url": scrub(path)}


def _contexts(contexts: dict[str, Any]) -> dict[str, Any]:
    """The SDK's, scrubbed; its sampling context holds the public key, and ids that are made to be told."""
    cleaned = {name: scrub_value(_said(value)) for name, value in contexts.items()}
    sampling = contexts.get("trace", {}).get("dynamic_sampling_context")
    if sampling:
        named = {"transaction": scrub(sampling["transaction"])} if "transaction" in sampling else {}
        cleaned["trace"]["dynamic_sampling_context"] = {**sampling, **named}
    return {name: value for name, value in cleaned.items() if not is_secret(name)}
