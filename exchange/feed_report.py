"""What an operator wants to know of a feed, as plain values for the status page."""

from typing import TYPE_CHECKING, Any

from exchange.cadence import limit_ms

if TYPE_CHECKING:
    from exchange.feed import LiveFeed


def report(feed: "LiveFeed") -> dict[str, Any]:
    """Connection, streams with state and age in seconds, counters; JSON-ready."""
    now = feed.clock.monotonic()
    link, ear = feed.link, feed.ear
    return {
        "connected": link.session is not None and link.session.heard_at is not None,
        "reason": "" if link.session else link.reason,
        "sockets_opened": link.opened,
        "failures_in_a_row": link.backoff.failures,
        "breaker_open": link.backoff.tripped,
        "subscriptions": len(link.session.asked) if link.session else 0,
        "coins": len(ear.universe) if ear.universe else 0,
        "unknown_coins_wanted": sorted(feed.streams.unknown),
        "streams": {
            stream.name: {
                "state": stream.state,
                "way": stream.way.name,
                "detail": stream.detail,
                "age": None if stream.heard_at is None else round(now - stream.heard_at, 3),
                "limit_ms": limit_ms(stream.name, stream.state),
            }
            for stream in feed.streams.by_name.values()
        },
        "fallbacks": {s.name: s.detail for s in feed.streams.by_name.values() if s.state == "fallback"},
        "suspects": {str(subscription): strikes for subscription, strikes in ear.quarantine.strikes.items()},
        "error_frames": dict(ear.errors),
        "unknown_channels": dict(ear.unknown_channels),
        "bad_frames": dict(feed.bad_frames),
        "failures": dict(feed.chores.failures),
        "last_errors": dict(feed.chores.last_error),
    }
