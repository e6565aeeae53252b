"""One alert of a text as fields of ``Alert``: each value is read by its kind, and what cannot be is said."""

import re
from collections.abc import Callable
from datetime import time
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from alerts.models import Destination
from alerts.portable_text import Broken, Digits, Entry, Problem
from alerts.rule import ABOVE, BELOW
from alerts.tags import joined
from exchange.spans import FAR, read_moment, read_span

MOST_MS = 2**53
AMOUNT = re.compile(r"-?\d{1,30}(\.\d{1,30})?")


class Field(NamedTuple):
    """``column`` of ``Alert``, and how its value is written."""

    column: str
    kind: str


FIELDS = {
    "metric": Field("metric", "text"),
    "coin": Field("coin", "text"),
    "wallet": Field("address", "text"),
    "window": Field("window", "span"),
    "side": Field("side", "side"),
    "threshold": Field("threshold", "amount"),
    "hysteresis": Field("hysteresis", "amount"),
    "hold": Field("hold", "span"),
    "cooldown": Field("cooldown", "span"),
    "repeats": Field("repeats", "flag"),
    "needs_crossing": Field("needs_crossing", "flag"),
    "tells_recovery": Field("tells_recovery", "flag"),
    "tells_no_data": Field("tells_no_data", "flag"),
    "remind_every": Field("remind_every", "span"),
    "escalate_after": Field("escalate_after", "span"),
    "expires": Field("expires_at", "moment"),
    "snoozed_until": Field("snoozed_until", "moment"),
    "quiet_from": Field("quiet_start", "time"),
    "quiet_to": Field("quiet_end", "time"),
    "note": Field("note", "note"),
    "tags": Field("tags", "tags"),
    "active": Field("is_active", "flag"),
}
NOT_FIELDS = {"sentence", "destinations", "escalate_to"}


def values_of(
    entry: Entry, destinations: dict[str, Destination]
) -> tuple[dict[str, Any], list[Destination], list[Problem]]:
    """What could be read, whom it tells, and what could not be read."""
    values: dict[str, Any] = {}
    problems = [
        Problem(entry, name, "There is no such field.")
        for name in entry.fields
        if name not in FIELDS and name not in NOT_FIELDS
    ]
    for name, field in FIELDS.items():
        if name in entry.fields:
            try:
                values[field.column] = READERS[field.kind](entry.fields[name])
            except (ValueError, ArithmeticError, ValidationError) as error:
                problems.append(Problem(entry, name, getattr(error, "message", str(error)) or "Not understood."))
    if "metric" not in entry.fields:
        problems.append(Problem(entry, "metric", "It is missing."))
    told = _told(entry, destinations, problems)
    if "escalate_to" in entry.fields:
        found = _destination(entry.fields["escalate_to"], destinations)
        if found is None:
            problems.append(Problem(entry, "escalate_to", "You have no destination of this name."))
        values["escalate_to"] = found
    return values, told, problems


def _told(entry: Entry, destinations: dict[str, Destination], problems: list[Problem]) -> list[Destination]:
    given = entry.fields.get("destinations", [])
    if not isinstance(given, list):
        problems.append(Problem(entry, "destinations", "It is no list of names."))
        return []
    found = [(name, _destination(name, destinations)) for name in given]
    problems += [
        Problem(entry, "destinations", f"You have no destination called “{str(name)[:60]}”.")
        for name, destination in found
        if destination is None
    ]
    return [destination for _, destination in found if destination is not None]


def _destination(name: Any, destinations: dict[str, Destination]) -> Destination | None:
    return destinations.get(name) if isinstance(name, str) else None


def _text(value: Any, most: int = 64) -> str:
    if not isinstance(value, str) or isinstance(value, Digits):
        raise ValueError("A text is needed.")
    if len(value) > most:
        raise ValueError(f"At most {most} letters.")
    return value


def _amount(value: Any) -> Decimal:
    if not isinstance(value, str) or not AMOUNT.fullmatch(value):
        raise ValueError("A number is needed, such as 64250.5")
    return Decimal(value)


def _span(value: Any) -> int:
    found = read_span(_text(value))
    if found > MOST_MS:
        raise ValueError("Too long.")
    return found


def _moment(value: Any) -> int:
    found = read_moment(_text(value))
    if not 0 < found < FAR:
        raise ValueError("That is no moment.")
    return found


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is needed.")
    return value


def _side(value: Any) -> int:
    if value not in ("above", "below"):
        raise ValueError("“above” or “below” is needed.")
    return ABOVE if value == "above" else BELOW


def _tags(value: Any) -> str:
    if not isinstance(value, list):
        raise ValueError("A list of texts is needed.")
    return joined(_text(tag, 300) for tag in value)


READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "note": lambda value: _text(value, 2000),
    "amount": _amount,
    "span": _span,
    "moment": _moment,
    "time": lambda value: time.fromisoformat(_text(value, 5)),
    "flag": _flag,
    "side": _side,
    "tags": _tags,
}

__all__ = ["FIELDS", "Broken", "Field", "Problem", "values_of"]
