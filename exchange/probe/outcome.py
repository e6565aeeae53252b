"""Outcome: how a check says that something differs, or that there was nothing to judge by."""

from typing import Any

import msgspec

SAMPLE = 160
"""Characters of a sample."""


class Differs(Exception):
    """The exchange did otherwise: what was expected, what came, and a short sample of it."""

    def __init__(self, expected: str, came: str, sample: Any = None) -> None:
        shown = "" if sample is None else f"; sample: {short(sample)}"
        super().__init__(f"expected {expected}; came {came}{shown}")


class NotSeen(Exception):
    """Nothing came by which to judge; the message says why."""


def short(value: Any) -> str:
    """A value as JSON text, cut to the length of a sample."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= SAMPLE else text[: SAMPLE - 1] + "…"


def assume(true: object, expected: str, came: str, sample: Any = None) -> None:
    """Raise ``Differs`` unless ``true``."""
    if not true:
        raise Differs(expected, came, sample)
