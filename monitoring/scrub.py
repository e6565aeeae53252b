"""Takes out of texts and structures what is nobody's business before they leave: logs, error reports, traces.

Out go addresses of wallets, email and machines, phone numbers, tokens, keys, passwords, cookies, seed phrases,
where alerts are sent to, parameters of SQL, and of URLs user, query and fragment, and host and path unless they
say nothing about anybody. What debugging needs stays: coins, numbers, times, types of errors, files and lines. The
rules are in ``monitoring/scrub_patterns.py``. All functions are pure, never raise, and leave what they have made.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

from monitoring.scrub_patterns import HIDDEN, RULES, SECRET_NAME

__all__ = ["HIDDEN", "ScrubFilter", "ScrubbedTraceback", "is_secret", "scrub", "scrub_value"]

LONGEST = 32_768
"""Signs of a text that are looked at; the rest is cut off: nobody reads it, and any of it might be a secret."""
DEEPEST, WIDEST = 12, 1000
"""Levels of a structure and entries of one container that are kept."""
CUT = "[cut]"
_SECRET_KEY = re.compile(rf"(?:.*[_.-])?{SECRET_NAME}(?:[_-]\w+)?|code", re.IGNORECASE)
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLAIN = (bool, int, float, complex, type(None))
OURS = frozenset({"request_id", "trace_id", "span_id", "parent_span_id", "event_id", "replay_id", "segment_id"})
"""Names of random values that are made to be told."""
OF_RECORDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every ``LogRecord`` has; anything else on one was given as ``extra``."""


def scrub(text: str) -> str:
    """``text`` without secrets."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}{CUT}"
    for rule in RULES:
        if not rule.signs or any(sign in text for sign in rule.signs):
            text = rule.apply(text)
    return text


def is_secret(name: object) -> bool:
    """Whether what stands under this name is hidden whatever it is: ``password``, ``API_TOKEN``, ``userKey``"""
    return isinstance(name, str) and _SECRET_KEY.fullmatch(_CAPITAL.sub("_", name)) is not None


def scrub_value(value: Any, name: object = None, depth: int = 0) -> Any:
    """``value`` (under ``name``) with all texts in it scrubbed; a new structure, and texts in place of objects."""
    if name in OURS and isinstance(value, str):
        return value
    if is_secret(name) and value not in (None, "", (), [], {}, b"", True, False):
        return HIDDEN
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, str):
        return scrub(value)
    if depth >= DEEPEST:
        return CUT
    if isinstance(value, Mapping):
        pairs = list(value.items())[:WIDEST]
        return {_key(key): scrub_value(one, key, depth + 1) for key, one in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return _entries(value, depth)
    return scrub(_as_text(value))


def _entries(value: Any, depth: int) -> Any:
    """Of a list a list, of a tuple a tuple; pairs of name and value, as headers come, by their names."""
    entries = list(value)[:WIDEST]
    is_pair = len(entries) == 2 and isinstance(entries[0], str) and is_secret(entries[0])
    if is_pair and isinstance(value, list | tuple):
        return type(value)((entries[0], HIDDEN)) if type(value) in (list, tuple) else [entries[0], HIDDEN]
    made = [scrub_value(one, None, depth + 1) for one in entries]
    return tuple(made) if isinstance(value, tuple) else made


def _key(key: object) -> Any:
    return key if isinstance(key, _PLAIN) else scrub(key if isinstance(key, str) else _as_text(key))


def _as_text(value: object) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value[:LONGEST]).decode(errors="replace")
    try:
        return str(value)
    except Exception as error:  # a text of somebody else's object: it must not break the report of another error
        return f"<{type(value).__name__}: {type(error).__name__}>"


class ScrubFilter(logging.Filter):
    """Scrubs each record: the finished message, what was given as ``extra``, the traceback and the stack.

    Put it on handlers, so that it sees the records of all loggers. ``exc_info`` stays for error reports, which
    scrub on their own; a formatter that writes it and not ``exc_text`` needs ``ScrubbedTraceback``.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true."""
        try:
            said = record.getMessage()
        except (
            Exception
        ):  # arguments that do not fit are the caller's mistake: logging would print them as they are
            said = f"{record.msg} (with arguments that do not fit)"
            record.msg, record.args = said, None
        if (clean := scrub(said)) != said:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = scrub(record.exc_text)
        if record.stack_info:
            record.stack_info = scrub(record.stack_info)
        for name in vars(record).keys() - OF_RECORDS:
            setattr(record, name, scrub_value(getattr(record, name), name))
        return True


class ScrubbedTraceback:
    """Mixin before a ``logging.Formatter`` that formats ``exc_info`` itself: its traceback comes out scrubbed."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The traceback without secrets."""
        return scrub(super().formatException(ei))  # type: ignore[misc]
