"""Control: what a connection says about itself, not about the market (API.md section 4)."""

from typing import Any

import msgspec

from exchange.wire import Open


class Control(msgspec.Struct, frozen=True):
    """Base of what a connection says about itself."""


class Ack(Control, frozen=True):
    """``method`` was done for ``subscription``, which comes back with defaults filled in: match by subset."""

    method: str
    subscription: Open


class Pong(Control, frozen=True):
    """The answer to our ping."""


class ErrorText(Control, frozen=True):
    """The exchange refused something; the socket stays open."""

    text: str


class PostReply(Control, frozen=True):
    """The answer to post ``id``: ``payload`` (as plain JSON values) if ``ok``, else ``error``."""

    id: int
    ok: bool
    kind: str = ""
    payload: Any = None
    error: str = ""


class Greeting(Control, frozen=True):
    """Plain text that old servers greet with."""

    text: str
