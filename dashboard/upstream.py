"""What this process's mirror knows of the exchange, for the health page."""

from dashboard.mirror import mirror
from monitoring.health import UNKNOWN, Upstream

SILENT_MS = 5_000
"""The feed speaks once a second; after so long without a word nothing it said counts."""


def upstream() -> Upstream:
    """The feed's newest ``status`` row as the health page needs it; ``UNKNOWN`` once the feed is silent."""
    status = mirror.status()
    feed, age = status["feed"], status["age"]
    if feed is None or age is None or age > SILENT_MS:
        return UNKNOWN
    return Upstream(
        socket_connected=feed["connected"],
        api_reachable=bool(feed.get("api_reachable")),
        api_latency=feed.get("api_latency"),
    )
