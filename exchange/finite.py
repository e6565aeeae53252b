"""Amounts that are numbers: ``Decimal`` also reads "NaN", "Infinity" and "1e999999999", which are none.

Nearly every frame is cleared by one pass over its bytes; the few that are not are looked through.
"""

from decimal import Decimal
from typing import Any

import msgspec

MAX_ADJUSTED = 40
"""Largest power of ten, up or down, that an amount may have."""

_CAPITALS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WORDS = bytes.maketrans(_CAPITALS + b":", _CAPITALS.lower() + b",")
_IGNORED = b'0123456789.+-_ \t\r\nsS"[]{}'


def may_hide_infinity(raw: bytes) -> bool:
    """Whether JSON text may hold a Decimal that is not a usable number.

    Digits and the s of "sNaN" taken away, and only a comma left between names and values, such a
    number is one of three words; an escape or a non-ASCII digit could hide one. One to three microseconds.
    """
    if not raw.isascii() or b"\\" in raw:
        return True
    words = b",%b," % raw.translate(_WORDS, _IGNORED)
    return b",e," in words or b",nan" in words or b",inf" in words


def refuse_infinity(value: Any) -> None:
    """Raise ValueError if any Decimal within ``value`` is not finite or absurdly large or small."""
    if isinstance(value, Decimal):
        if not value.is_finite() or (value and abs(value.adjusted()) > MAX_ADJUSTED):
            raise ValueError(f"not a usable number: {str(value)[:40]}")
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            refuse_infinity(getattr(value, field))
    elif isinstance(value, (list, tuple)):
        for item in value:
            refuse_infinity(item)
    elif isinstance(value, dict):
        for item in value.values():
            refuse_infinity(item)
