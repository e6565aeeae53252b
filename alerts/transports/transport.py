"""Transport: one way to tell somebody something. A Destination names it, and keeps what it needs as its secret."""

from dataclasses import dataclass, field
from typing import Any, Protocol


class Temporary(Exception):
    """Not now; worth another try, not before ``retry_after`` seconds if the receiver said so.

    ``is_down``: the server did not answer, or in a way that shows that it is ill. After several of these in a row
    it is left alone for a while.
    """

    def __init__(self, reason: str, retry_after: float | None = None, is_down: bool = True) -> None:
        super().__init__(reason)
        self.retry_after, self.is_down = retry_after, is_down


class Permanent(Exception):
    """Never like this: the reason is for the user, says what to do, and holds no secret.

    ``stops``: nothing else would get there either; else only this message was refused.
    """

    def __init__(self, reason: str, stops: bool = True) -> None:
        super().__init__(reason)
        self.stops = stops


@dataclass(frozen=True, slots=True)
class Message:
    """What is told. ``key`` is the same in every try of the same delivery; ``url`` leads to the alert.

    ``title`` is one line. ``data`` is the same for programs: JSON values, amounts as text, times in Unix ms.
    """

    key: str
    title: str
    text: str
    html: str
    url: str
    at: int
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that the user has to type for a destination."""

    name: str
    label: str
    help: str = ""
    is_secret: bool = False
    is_optional: bool = False


class Transport(Protocol):
    """Stateless, and called in a thread: ``send`` may block, for ``alerts.transports.TIMEOUT_S`` at most.

    ``needs_code``: the user has to enter a code sent to it before the destination is used; else adding it will do.
    """

    kind: str
    title: str
    entries: tuple[Entry, ...]
    needs_code: bool

    def offered(self) -> str:
        """Empty if it can be used here; else what an admin has to set for it."""

    def clean(self, values: dict[str, str]) -> dict[str, Any]:
        """The secret to be stored, from what was typed. ValidationError by entry."""

    def hint(self, secret: dict[str, Any]) -> str:
        """Enough to recognise it by, with its middle hidden."""

    def service(self, secret: dict[str, Any]) -> str:
        """The server behind it, if others share it: while it is down, nobody's messages are tried. Else empty."""

    def send(self, secret: dict[str, Any], message: Message) -> None:
        """Hand it over. Temporary, Permanent; anything else counts as temporary."""
