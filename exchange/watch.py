"""What to do about a stream's silence: nothing, ask again, or take a slower way.

An open socket proves nothing (API.md section 4). Streams with a cadence are measured against it.
Those that speak only when something happens are judged by the pulse of their socket, and are asked
again after long quiet: the first frame of the answer tells whether something was missed.
"""

from exchange.cadence import MOST_QUIET_SECONDS, OPENING_SECONDS, cadence
from exchange.stream import Stream

FAST_PULSE_SECONDS = 5.0
SLOW_PULSE_SECONDS = 45.0
FAST = 2.0
"""A cadence so short (seconds) is a pulse."""


def pulse_limit(streams: list[Stream]) -> float:
    """Seconds of silence of a whole socket that carries these streams, after which it is suspect."""
    fast = any((cadence(s.name).every or FAST) < FAST and s.at == 0 for s in streams)
    return FAST_PULSE_SECONDS if fast else SLOW_PULSE_SECONDS


def judge(stream: Stream, now: float, pulse: bool) -> str | None:
    """``renew`` or ``fall back`` or None; marks the stream stale. ``pulse``: its socket is speaking."""
    if stream.is_too_old(now) or (stream.is_event_driven and not pulse):
        stream.stale = True
    if not stream.way.subscriptions or stream.asked_at is None:
        return _trial(stream, now, pulse)
    silence, limit = stream.silence(now), stream.limit()
    if not stream.has_opened:
        limit = OPENING_SECONDS
    elif limit is None:
        return _judge_quiet(stream, silence, pulse) or _trial(stream, now, pulse)
    if silence <= limit:
        return _trial(stream, now, pulse)
    stream.stale = True
    stream.tries += 1
    return "renew" if stream.tries == 1 or not pulse else "fall back"


def _judge_quiet(stream: Stream, silence: float, pulse: bool) -> str | None:
    """A stream without a cadence, after its first frame."""
    if not pulse:
        return None
    if silence > stream.quiet:
        stream.quiet = min(stream.quiet * 2, MOST_QUIET_SECONDS)
        return "renew"
    return "renew" if stream.stale else None


def _trial(stream: Stream, now: float, pulse: bool) -> str | None:
    """Now and then, see whether the best way works again; the present one stays until it has spoken."""
    if stream.trial_since is not None:
        return "fall back" if now - stream.trial_since > OPENING_SECONDS else None
    if stream.at > 0 and pulse and now >= stream.trial_at:
        stream.trial_since = now
    return None
