"""Rows of ``status``: the feed's own state, and one row for each stream. Fields: ``rows.py``."""

from exchange.breaker import CLOSED
from exchange.cadence import limit_ms
from exchange.market import Market
from exchange.rows import STATUS_KEY, Rows
from exchange.ways import carrier_of


def last_received(market: Market, name: str) -> int | None:
    """When a stream's values last came, by itself or, while it is replaced, by the one that carries them."""
    sources = [name, carrier_of(name)] if market.streams[name].state == "fallback" else [name]
    times = [market.streams[source].last_received for source in sources if source in market.streams]
    return max((time for time in times if time is not None), default=None)


def status_rows(
    market: Market,
    now: int,
    network: str,
    epoch: int,
    lag: int,
    reach: tuple[bool | None, float | None],
    breaker: str = CLOSED,
) -> Rows:
    """The feed's row and its streams'. ``now``, ``lag`` and the latency in ``reach`` in ms."""
    streams = market.streams
    feed = {
        "network": network,
        "simulated": network == "simulated",
        "connected": market.connection.connected,
        "since": market.connection.since,
        "reason": market.connection.reason,
        "now": now,
        "epoch": epoch,
        "lag": lag,
        "api_reachable": reach[0],
        "api_latency": reach[1],
        "api_breaker": breaker,
        "streams": len(streams),
        "stale": sum(stream.state == "stale" for stream in streams.values()),
    }
    rows: Rows = {STATUS_KEY: feed}
    for name, stream in streams.items():
        rows[name] = {
            "state": stream.state,
            "last_received": last_received(market, name),
            "limit_ms": limit_ms(name, stream.state),
            "detail": stream.detail,
        }
    return rows
