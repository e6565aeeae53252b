"""The id of what is being done just now: a request, a socket, a round, a message. It stands in each line of log.

A context variable: tasks and ``asyncio.to_thread`` take it along. A thread of a pool does not; who hands work to
one runs it in ``contextvars.copy_context()``, or binds an id there.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_current: ContextVar[str] = ContextVar("log_id", default="")


def current() -> str:
    """The id in force here, or nothing."""
    return _current.get()


def new() -> str:
    """An id that nobody else has."""
    return uuid.uuid4().hex


def is_sane(text: str) -> bool:
    """Whether somebody else's id may stand in our log: one short word without anything that could forge a line."""
    return SANE.fullmatch(text) is not None


@contextmanager
def bound(name: str) -> Iterator[str]:
    """Within it, and in what is started within it, this is the id."""
    token = _current.set(name)
    try:
        yield name
    finally:
        _current.reset(token)


def within(part: str) -> AbstractContextManager[str]:
    """``bound`` to a part of what is being done: its id stands before the part's."""
    outer = current()
    return bound(f"{outer}/{part}" if outer else part)
