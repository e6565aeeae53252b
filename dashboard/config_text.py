"""What no variable may be, whatever it means: mistakes that happen on the way into an environment."""

import re

LONGEST = 4096
SHOWN = 60
QUOTED = re.compile(r"""(["']).*\1""", re.S)
PLACEHOLDER = re.compile(r"<[^<>]*>|\$\{[^{}]*\}|\{\{.*\}\}|change-?me", re.I)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
NOT_UTF8 = re.compile(r"[\ud800-\udfff]")


def check_text(text: str) -> None:
    """Raise ``ValueError`` if a value cannot be what somebody meant."""
    if len(text) > LONGEST:
        raise ValueError(f"must not be longer than {LONGEST} characters")
    if NOT_UTF8.search(text):
        raise ValueError("must be UTF-8")
    if CONTROL.search(text):
        raise ValueError("must be one line without control characters")
    if len(text) > 1 and QUOTED.fullmatch(text):
        raise ValueError("must not have quotes around it: they would be part of it")
    if PLACEHOLDER.fullmatch(text):
        raise ValueError("still holds a placeholder")


def excerpt(text: str) -> str:
    """A value in a message: short, and on one line."""
    return repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
