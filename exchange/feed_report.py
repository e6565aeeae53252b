"""What an operator wants to know of a feed, as plain values for the status page."""

from collections import Counter
from typing import Any

from exchange.cadence import limit_ms
from exchange.chores import Chores
from exchange.feed_ear import Ear
from exchange.link import Link


def report(link: Link, ear: Ear, chores: Chores, bad_frames: Counter[str], now: float) -> dict[str, Any]:
    """Connection, streams with state and age in seconds, counters; JSON-ready. ``now``: monotonic, the feed's."""
    return {
        "connected": link.session is not None and link.session.heard_at is not None,
        "reason": "" if link.session else link.reason,
        "sockets_opened": link.opened,
        "failures_in_a_row": link.backoff.failures,
        "breaker_open": link.backoff.tripped,
        "subscriptions": len(link.session.asked) if link.session else 0,
        "coins": len(ear.universe) if ear.universe else 0,
        "unknown_coins_wanted": sorted(ear.streams.unknown),
        "streams": {
            stream.name: {
                "state": stream.state,
                "way": stream.way.name,
                "detail": stream.detail,
                "age": None if stream.heard_at is None else round(now - stream.heard_at, 3),
                "limit_ms": limit_ms(stream.name, stream.state),
            }
            for stream in ear.streams.by_name.values()
        },
        "fallbacks": {s.name: s.detail for s in ear.streams.by_name.values() if s.state == "fallback"},
        "suspects": {str(subscription): strikes for subscription, strikes in ear.quarantine.strikes.items()},
        "error_frames": dict(ear.errors),
        "unknown_channels": dict(ear.unknown_channels),
        "bad_frames": dict(bad_frames),
        "failures": dict(chores.failures),
        "last_errors": dict(chores.last_error),
    }
