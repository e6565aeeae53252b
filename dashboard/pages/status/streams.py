"""How fresh each stream of the exchange is, and what replaces which: what the feed's ``status`` topic says."""

from collections.abc import Mapping
from typing import Any

from dashboard.pages.freshness import FEED_SILENT_MS, feed_now
from dashboard.pages.status.words import age, milliseconds
from exchange.ways import ALWAYS_ON, carrier_of

MOST = 40
STATES = {"live": "up", "stale": "down", "fallback": "degraded"}
STATE_WORDS = {"live": "Live", "stale": "Silent", "fallback": "Replaced", "unknown": "Not known"}
SLOWER = "a slower source"


def freshness(status: Mapping[str, Any], is_staff: bool) -> dict[str, Any]:
    """``status`` is the mirror's. Those of all coins come first, then what is not well."""
    now, rows = feed_now(status), status["streams"]
    is_heard = status["age"] is not None and status["age"] <= FEED_SILENT_MS
    ordered = sorted(rows, key=lambda name: (name not in ALWAYS_ON, rows[name]["state"] == "live", name))
    feed = status["feed"] or {}
    return {
        "is_heard": is_heard,
        "heard": age(status["age"]),
        "lag": milliseconds(feed.get("lag")) if is_heard else "—",
        "rows": [stream(name, rows[name], now, is_heard, is_staff) for name in ordered[:MOST]],
        "more": max(0, len(ordered) - MOST),
    }


def stream(name: str, row: Mapping[str, Any], now: int | None, is_heard: bool, is_staff: bool) -> dict[str, Any]:
    """One line. Past its limit a stream is silent, whatever was said of it; of a silent feed nothing counts."""
    at, limit = row["last_received"], row["limit_ms"]
    silent = None if at is None or now is None else max(0, now - at)
    is_late = limit is not None and (silent is None or silent > limit)
    state = "stale" if is_late else row["state"] if is_heard else "unknown"
    replaced = carrier_of(name) or SLOWER if row["state"] == "fallback" else ""
    return {
        "name": name,
        "state": STATES.get(state, "unknown"),
        "word": STATE_WORDS.get(state, state),
        "age": age(silent),
        "age_ms": silent,
        "limit": age(limit) if limit is not None else "may be silent",
        "limit_ms": limit,
        "by": replaced,
        "detail": row["detail"] if is_staff else "",
    }
