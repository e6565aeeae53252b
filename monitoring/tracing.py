"""Tracing: one journey through several processes, if error reports are on (``monitoring/sentry.py``).

A page's request begins a trace. Its marks stand in the page, its browser hands them on when its socket joins
topics, and the web process with what it tells the feed. Everything here does nothing while reports are off, and
then ``sentry_sdk`` is not imported either.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

MOST_BAGGAGE = 2048
_TRACE = re.compile(r"[0-9a-f]{32}-[0-9a-f]{16}(?:-[01])?")
_sdk: Any = None


def use(sdk: Any) -> None:
    """From now on journeys are reported through this module."""
    global _sdk
    _sdk = sdk


def is_on() -> bool:
    """Whether error reports and traces are sent."""
    return _sdk is not None


def marks() -> dict[str, str]:
    """``trace`` and ``baggage`` of the journey under way, to be handed on; empty if there is none."""
    if _sdk is None or not (trace := _sdk.get_traceparent()):
        return {}
    return {"trace": trace, "baggage": (_sdk.get_baggage() or "")[:MOST_BAGGAGE]}


@contextmanager
def leg(op: str, name: str, given: Mapping[str, Any] | None = None) -> Iterator[None]:
    """One leg of a journey: a new one, or that whose marks are ``given``; without any among them, of none.

    An error in it is marked, and goes on.
    """
    headers = {} if given is None else _headers(given)
    if _sdk is None or (given is not None and not headers):
        yield
        return
    with _sdk.isolation_scope():
        began = _sdk.continue_trace(headers, op=op, name=name, source="task")
        with _sdk.start_transaction(began):
            yield


def _headers(given: Mapping[str, Any]) -> dict[str, str]:
    """What the SDK takes; marks that somebody has made up are none."""
    trace, baggage = given.get("trace"), given.get("baggage")
    if not isinstance(trace, str) or not _TRACE.fullmatch(trace):
        return {}
    is_good = isinstance(baggage, str) and len(baggage) <= MOST_BAGGAGE
    return {"sentry-trace": trace, "baggage": baggage} if is_good and baggage else {"sentry-trace": trace}
