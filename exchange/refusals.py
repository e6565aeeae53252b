"""What the texts of the exchange's error frames mean (API.md sections 2 and 4)."""

import re
from dataclasses import dataclass
from typing import Any

import msgspec

from exchange.subscriptions import Subscription, acknowledged

ALREADY, REFUSED, TOO_MANY_SUBSCRIPTIONS, TOO_MANY_USERS, TOO_MANY_MESSAGES, OTHER = (
    "already subscribed", "refused", "too many subscriptions", "too many users", "too many messages", "other",
)  # fmt: skip

_LIMITS = (
    (re.compile(r"Cannot subscribe to more than (\d{1,9})"), TOO_MANY_SUBSCRIPTIONS),
    (re.compile(r"Cannot track more than (\d{1,9})"), TOO_MANY_USERS),
    (re.compile(r"Cannot send more than (\d{1,9})"), TOO_MANY_MESSAGES),
)
_ABOUT = (
    ("Already subscribed", ALREADY),
    ("Already unsubscribed", OTHER),
    ("Invalid subscription", REFUSED),
    ("Error parsing JSON into valid websocket request", REFUSED),
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an error frame is about. ``limit`` is the number that the text names."""

    kind: str
    subscription: Subscription | None = None
    limit: int | None = None


def understand(text: str) -> Refusal:
    """Read an error text; one that is not known is ``other``."""
    for pattern, kind in _LIMITS:
        if found := pattern.search(text):
            return Refusal(kind, limit=int(found[1]))
    for start, kind in _ABOUT:
        if text.startswith(start):
            return Refusal(kind, _subscription_in(text))
    return Refusal(OTHER)


def _subscription_in(text: str) -> Subscription | None:
    """The subscription that the text repeats, alone or as a whole frame."""
    try:
        repeated: Any = msgspec.json.decode(text[text.index("{") :])
    except (ValueError, msgspec.DecodeError, RecursionError):
        return None
    return acknowledged(repeated.get("subscription", repeated)) if isinstance(repeated, dict) else None
