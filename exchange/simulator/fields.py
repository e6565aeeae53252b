"""Reading an /info body as strictly as the exchange does, and its two ways to refuse."""

from collections.abc import Container
from typing import Any


class Refused(Exception):
    """The exchange does not answer this body."""


class Malformed(Refused):
    """Unknown ``type`` or a required field missing or of the wrong kind: 422, text/plain."""


class Null500(Refused):
    """No such dex or coin: 500 with the body ``null`` (API.md section 1)."""


class Body:
    """A JSON object whose fields are asked for by kind; anything else is ``Malformed``."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    def text(self, name: str, default: str | None = None) -> str:
        value = self._fields.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise Malformed(name)
        return value

    def one_of(self, name: str, allowed: Container[str]) -> str:
        value = self.text(name)
        if value not in allowed:
            raise Malformed(name)
        return value

    def number(self, name: str) -> int:
        value = self.maybe_number(name)
        if value is None:
            raise Malformed(name)
        return value

    def maybe_number(self, name: str) -> int | None:
        value = self._fields.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            raise Malformed(name)
        return value

    def flag(self, name: str) -> bool:
        value = self._fields.get(name)
        if value is not None and not isinstance(value, bool):
            raise Malformed(name)
        return bool(value)

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._fields.get(name)
        if not isinstance(value, dict):
            raise Malformed(name)
        return value

    def address(self, name: str = "user") -> str:
        """A lower-case address; not 0x and 40 hex digits is ``Malformed``."""
        value = self.text(name).lower()
        if len(value) != 42 or not value.startswith("0x") or set(value[2:]) - set("0123456789abcdef"):
            raise Malformed(name)
        return value

    def oid(self, name: str) -> int | str:
        """An order's number, or its client's own id."""
        value = self._fields.get(name)
        if isinstance(value, str):
            return value
        return self.number(name)
