"""What this process knows of the exchange, for the health page: by its mirror, and by the budget."""

from typing import Any

from dashboard.mirror import mirror
from dashboard.network import budget
from exchange.ways import ALWAYS_ON
from monitoring.health import SILENT_MS, UNKNOWN, Upstream


def upstream() -> Upstream:
    """The feed's newest ``status`` row as the health page needs it; once it is silent, since when."""
    status = mirror.status()
    feed, age = status["feed"], status["age"]
    if feed is None or age is None:
        return UNKNOWN
    if age > SILENT_MS:
        return Upstream(socket_connected=False, api_reachable=False, age=age, epoch=feed["epoch"])
    streams = status["streams"]
    newest = max(
        (row["last_received"] for row in streams.values() if row["last_received"] is not None), default=None
    )
    return Upstream(
        socket_connected=feed["connected"],
        api_reachable=bool(feed.get("api_reachable")),
        api_latency=feed.get("api_latency"),
        api_breaker=feed.get("api_breaker", ""),
        age=age,
        epoch=feed["epoch"],
        lag=feed["lag"],
        was_asked=feed.get("api_reachable") is not None,
        was_connected=feed["since"] is not None,
        reason=feed["reason"],
        stale=tuple(name for name in ALWAYS_ON if name in streams and streams[name]["state"] == "stale"),
        silence=None if newest is None else max(0, feed["now"] - newest),
    )


def spent() -> dict[str, Any]:
    """How much of what the exchange allows is in use, and what was used, waited for and refused; asks Redis."""
    one = budget()
    return {
        "limits": {name: {"used": used, "most": most} for name, (used, most) in one.usage().items()},
        "ledger": [
            {
                "feature": line.feature,
                "limit": line.limit,
                "used": line.used,
                "waited": line.waited,
                "refused": line.refused,
                "corrected": line.corrected,
            }
            for line in one.ledger()
        ],
    }
