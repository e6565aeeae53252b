"""Whether the numbers of a page are live, and what is said if they are not.

The first paint judges as ``static/js/ages.js`` does afterwards: a stream is live only while the feed speaks, is
connected, and the stream's last frame is younger than its limit.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

FEED_SILENT_MS = 5_000
"""The feed speaks every second; after this much silence nothing it said counts as live."""


def feed_now(status: Mapping[str, Any]) -> int | None:
    """The feed's time now, Unix ms: its last word and the time since; None before it has spoken."""
    feed, age = status["feed"], status["age"]
    return None if feed is None or age is None else feed["now"] + int(age)


def clock_text(ms: int | None) -> str:
    """``12:03:15``, UTC, or a dash."""
    return "—" if ms is None else f"{datetime.fromtimestamp(ms / 1000, UTC):%H:%M:%S}"


def stale(status: Mapping[str, Any], streams: Iterable[str]) -> list[str]:
    """Those of the streams whose values must not be shown as live."""
    now = feed_now(status)
    if now is None or status["age"] > FEED_SILENT_MS:
        return list(streams)
    return [stream for stream in streams if not _is_live(status, status["streams"].get(stream), now)]


def _is_live(status: Mapping[str, Any], row: Mapping[str, Any] | None, now: int) -> bool:
    if row is None or row["state"] == "stale":
        return False
    if row["limit_ms"] is None:
        return bool(status["feed"]["connected"])
    return row["last_received"] is not None and now - row["last_received"] <= row["limit_ms"]


def alarm(status: Mapping[str, Any], streams: Iterable[str], has_numbers: bool = True) -> str:
    """One sentence on what is wrong with the numbers, or nothing; without ``has_numbers`` none has ever come."""
    feed, now = status["feed"], feed_now(status)
    if feed is None or now is None:
        return "Waiting for the feed: no data has come yet."
    if status["age"] > FEED_SILENT_MS:
        return f"Stale: the feed has been silent since {clock_text(feed['now'])} UTC."
    if not feed["connected"]:
        if not has_numbers:
            return "Waiting for the exchange: nothing live has come yet."
        since = f" since {clock_text(feed['since'])} UTC" if feed["since"] else ""
        return f"Reconnecting to the exchange{since}. The numbers shown are older."
    late = ", ".join(stream.partition(":")[0] for stream in stale(status, streams))
    if not late:
        return ""
    return f"Stale: no fresh {late}." if has_numbers else f"Waiting for the exchange: no live {late} yet."
