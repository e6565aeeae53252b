"""One REST call to ``/info``: within the budget, tried again where that helps, typed (API.md section 1)."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any, TypeVar

import msgspec
import requests

from exchange import weights
from exchange.breaker import Breaker
from exchange.budget import Budget, Priority, Reservation
from exchange.clock import Clock, SystemClock, pause
from exchange.errors import (
    CallFailed,
    ExchangeDown,
    LeftAlone,
    NoSuchName,
    RateLimited,
    Refused,
    UnexpectedReply,
    Unreachable,
)
from exchange.finite import may_hide_infinity, refuse_infinity
from exchange.post import post, short

T = TypeVar("T")

TRANSIENT = (Unreachable, RateLimited, ExchangeDown)
"""What passes by itself; a 422, and 500 with ``null``, never do."""

FIRST_DELAY, LONGEST_DELAY = 1.0, 20.0
"""Seconds before the second try, and at most; a 429 waits five times as long (its window is a minute)."""

_KINDS: Mapping[int, type[CallFailed]] = {
    429: RateLimited,
    502: ExchangeDown,
    503: ExchangeDown,
    504: ExchangeDown,
    400: Refused,
    405: Refused,
    415: Refused,
    422: Refused,
}


class Caller:
    """Asks the exchange, blocking. ``timeout`` is (connect, read) seconds of one try, of ``tries`` in all.

    Safe to share between threads. In a coroutine: ``await asyncio.to_thread(client.meta)``.
    """

    def __init__(
        self,
        base_url: str,
        budget: Budget | None = None,
        clock: Clock | None = None,
        timeout: tuple[float, float] = (3.05, 10.0),
        session: requests.Session | None = None,
        *,
        tries: int = 3,
        feature: str = "rest",
        priority: Priority = Priority.INTERACTIVE,
        patience: float = 10.0,
        breaker: Breaker | None = None,
    ) -> None:
        """The budget is asked by ``feature``, ``priority`` and ``patience`` (seconds) unless a call says else.

        With a ``breaker``, an exchange that does not answer is left alone by all that share it.
        """
        self.url = base_url.rstrip("/") + "/info"
        self.budget = budget
        self.clock = clock or SystemClock()
        self.timeout = timeout
        self.session = session or requests.Session()
        self.tries = tries
        self.feature = feature
        self.priority = priority
        self.patience = patience
        self.breaker = breaker

    def call(
        self,
        kind: str,
        reply: type[T],
        *,
        priority: Priority | None = None,
        feature: str | None = None,
        rows: int | None = None,
        **fields: Any,
    ) -> T:
        """Ask for the type ``kind`` and return its reply as ``reply``; fields of None are not sent.

        ``rows`` is the most that can come back, if known: it keeps the reservation small.
        Raises CallFailed, or BudgetExhausted before anything is sent.
        """
        value: T = self._ask(kind, reply, fields, _How(feature or self.feature, priority, rows))
        return value

    def maybe(self, kind: str, reply: type[T], **fields: Any) -> T | None:
        """``call`` for a type that answers ``null`` when there is no such thing."""
        value: T | None = self._ask(kind, reply | None, fields, _How(self.feature))
        return value

    def _ask(self, kind: str, reply: Any, fields: dict[str, Any], how: "_How") -> Any:
        body = {"type": kind, **{name: value for name, value in fields.items() if value is not None}}
        for tried in range(1, self.tries):
            try:
                return self._try(body, reply, tried, how)
            except TRANSIENT as failure:
                if (failure.retry_after or 0) > LONGEST_DELAY:
                    raise  # so long nobody waits within a call
                pause(self.clock, _delay(tried, failure))
        return self._try(body, reply, self.tries, how)

    def _try(self, body: dict[str, Any], reply: Any, tried: int, how: "_How") -> Any:
        kind = body["type"]
        reservation = self._reserve(kind, how)
        try:
            status, content, after = post(self.session, self.url, body, self.timeout, tried, self.breaker)
        except LeftAlone:
            _correct(reservation, 0)
            raise
        if status != 200:
            _correct(reservation, weights.base(kind))
            raise _failure(body, status, tried, content, _seconds(after, self.clock.now_ms()))
        try:
            value = _decoder(reply).decode(content)
            if may_hide_infinity(content):
                refuse_infinity(value)
        except (ValueError, RecursionError) as error:
            raise UnexpectedReply(short(body), status, tried, str(error)) from error
        _correct(reservation, weights.actual(kind, len(value) if isinstance(value, list) else 0))
        return value

    def _reserve(self, kind: str, how: "_How") -> Reservation | None:
        if self.budget is None:
            return None
        priority = self.priority if how.priority is None else how.priority
        return self.budget.reserve(weights.worst(kind, how.rows), how.feature, priority, timeout=self.patience)


@dataclass(frozen=True, slots=True)
class _How:
    """How the budget is asked for one call."""

    feature: str
    priority: Priority | None = None
    rows: int | None = None


def _correct(reservation: Reservation | None, actual: int) -> None:
    if reservation:
        reservation.correct(actual)


def _failure(body: dict[str, Any], status: int, tried: int, content: bytes, after: float | None) -> CallFailed:
    if status == 500 and content.strip() == b"null":
        return NoSuchName(short(body), status, tried, "the exchange says null")
    kind = _KINDS.get(status, UnexpectedReply)
    return kind(short(body), status, tried, content[:120].decode(errors="replace") or "empty body", after)


def _seconds(retry_after: str, now: int) -> float | None:
    """What the header says: seconds, or a date; None if it says nothing that can be read."""
    try:
        if retry_after.isascii() and retry_after.isdigit():
            return float(retry_after)
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - now / 1000)
    except (ValueError, OverflowError):
        return None


def _delay(tried: int, failure: CallFailed) -> float:
    """Seconds: as told, or doubled each time; with jitter, so that processes do not come back together."""
    if failure.retry_after is not None:
        return failure.retry_after + random.uniform(0.0, FIRST_DELAY)
    longest = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** (tried - 1) * (5 if isinstance(failure, RateLimited) else 1))
    return longest * random.uniform(0.5, 1.0)


@cache
def _decoder(reply: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(reply)
