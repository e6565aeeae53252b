"""What can go wrong with the exchange, as exceptions.

    ExchangeError
    ├── BadFrame (also a ValueError)       a socket frame that cannot be read
    ├── BudgetExhausted                    our own limit was reached before the exchange's; says when to come back
    └── CallFailed                         a REST call gave nothing: names call, status, tries and what to do
        ├── LeftAlone                          it has not answered lately, and was not asked this time
        ├── Unreachable                    no answer: refused, cut off, timed out                (tried again)
        ├── RateLimited                    429: too much from this IP address                    (tried again)
        ├── ExchangeDown                   502, 503, 504: the exchange or its CDN is in trouble  (tried again)
        ├── Refused                        400, 405, 415, 422: the exchange does not understand the call
        ├── NoSuchName                     500 with ``null``: no such dex or coin
        └── UnexpectedReply                any other status, or a reply of another shape

Which failures pass by themselves is from API.md section 1; only those are tried again.
"""

from typing import ClassVar


class ExchangeError(Exception):
    """Base of all errors of this package."""


class BadFrame(ExchangeError, ValueError):
    """A frame that cannot be read. ``kind`` is a channel's name, ``text`` or ``json``: few, fit for counting."""

    def __init__(self, kind: str, reason: str, sample: bytes) -> None:
        super().__init__(f"unreadable {kind} frame: {reason}: {sample!r}")
        self.kind = kind
        self.reason = reason
        self.sample = sample


class BudgetExhausted(ExchangeError):
    """``limit`` has no room for ``feature``; asking again pays off in ``retry_after`` seconds (inf: never)."""

    def __init__(self, limit: str, feature: str, retry_after: float) -> None:
        super().__init__(f"no {limit} left for {feature}: come back in {retry_after:.1f} s")
        self.limit = limit
        self.feature = feature
        self.retry_after = retry_after


class CallFailed(ExchangeError):
    """``call`` (its body, short) gave nothing after ``tries`` tries; ``status`` is None without an answer.

    ``retry_after``: seconds after which whoever answered wants to be asked again, if it said so.
    """

    advice: ClassVar[str] = ""

    def __init__(
        self, call: str, status: int | None, tries: int, detail: str, retry_after: float | None = None
    ) -> None:
        answer = f"status {status}" if status is not None else "no answer"
        times = "once" if tries == 1 else f"{tries} times"
        super().__init__(f"{call}: {answer} (tried {times}): {detail}. {self.advice}")
        self.call = call
        self.status = status
        self.tries = tries
        self.detail = detail
        self.retry_after = retry_after


class Unreachable(CallFailed):
    """Refused, cut off, or no answer in time."""

    advice = "Check the network and the address of the exchange; the call may be repeated."


class LeftAlone(CallFailed):
    """The exchange has not answered several times in a row and is not asked for a while: nothing was sent."""

    advice = "It is asked again by itself."


class RateLimited(CallFailed):
    """The exchange counts more than this IP address may ask."""

    advice = "Wait a minute, and see who else calls from this address: our own budget should have come first."


class ExchangeDown(CallFailed):
    """The exchange or its CDN is in trouble."""

    advice = "Wait; the call may be repeated."


class Refused(CallFailed):
    """The exchange does not understand the call; repeating it is no use."""

    advice = "Type or fields are wrong, or the exchange has changed: run probe_exchange."


class NoSuchName(CallFailed):
    """The exchange has no such dex or coin; repeating the call is no use."""

    advice = "Take names from a fresh meta only."


class UnexpectedReply(CallFailed):
    """A status or a shape that API.md does not know; repeating the call is no use."""

    advice = "The exchange may have changed: run probe_exchange."
