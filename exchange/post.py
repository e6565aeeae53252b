"""Sends one REST call, unless the exchange is left alone because it has not answered lately."""

import json
from typing import Any

import requests

from exchange.breaker import Breaker
from exchange.errors import LeftAlone, Unreachable

Answer = tuple[int, bytes, str]
"""Status, body and ``Retry-After``: the exchange sends none, what stands before it may."""

DOWN = (502, 503, 504)


def post(
    session: requests.Session,
    url: str,
    body: dict[str, Any],
    timeout: tuple[float, float],
    tried: int,
    breaker: Breaker | None,
) -> Answer:
    """The answer, whatever it is. Raises Unreachable, and LeftAlone before anything is sent.

    Of the breaker's failures are silence, and what the exchange's CDN says while nobody answers behind it.
    """
    if breaker is None:
        return _send(session, url, body, timeout, tried)
    if not breaker.admits():
        after = breaker.respite_s
        raise LeftAlone(short(body), None, tried - 1, "it has not answered lately", after)
    failure: BaseException | None = None
    try:
        answer = _send(session, url, body, timeout, tried)
        if answer[0] in DOWN:
            failure = Unreachable(short(body), answer[0], tried, "nobody answers behind the CDN")
        return answer
    except BaseException as error:
        failure = error
        raise
    finally:
        breaker.ended(failure)


def _send(
    session: requests.Session, url: str, body: dict[str, Any], timeout: tuple[float, float], tried: int
) -> Answer:
    try:
        answer = session.post(url, json=body, timeout=timeout, allow_redirects=False)
        return answer.status_code, answer.content, answer.headers.get("Retry-After", "")
    except requests.RequestException as error:
        raise Unreachable(short(body), None, tried, str(error)) from error


def short(body: dict[str, Any]) -> str:
    """A call's body for a message."""
    return "info " + json.dumps(body)[:160]
