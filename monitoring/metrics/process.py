"""Sources that every process has: what it is, its disk, its lines of log, its connections, its health."""

import shutil
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connections
from prometheus_client.core import Metric

from monitoring.database_server import server
from monitoring.logs.counting import COUNTS
from monitoring.metrics.registry import counter, gauge, sources

PROMETHEUS_STATES = {"pool_size": "open", "pool_available": "idle", "pool_max": "most"}


def watch_process(command: str) -> None:
    """Tell of this process, which runs ``command``."""
    sources.add("process", lambda: about(command))
    sources.add("database", pools)
    sources.add("redis", redis_pool)


def about(command: str) -> Iterator[Metric]:
    """What runs here, and whether there is room to write."""
    config = settings.CONFIG
    labels = (settings.VERSION, config.environment, config.hyperliquid_network, command)
    yield gauge("info", "What runs here.", {labels: 1.0}, "version", "environment", "network", "command")
    disk = shutil.disk_usage(config.var)
    yield gauge("disk_bytes", "Size of the disk with VAR_DIR.", disk.total)
    yield gauge("disk_free_bytes", "What is free of it.", disk.free)
    yield counter("log_lines", "Lines of log, repeats that are not written among them.", dict(COUNTS), "level")


def pools() -> Iterator[Metric]:
    """psycopg's pool of each database; SQLite has none. And whether this process does without the database."""
    away = {alias: float(server(alias).is_away) for alias in connections}
    yield gauge("database_away", "Whether it is left alone, since it did not answer.", away, "database")
    stats = {alias: pool.get_stats() for alias in connections if (pool := pool_of(alias))}

    def each(name: str, factor: float = 1.0) -> dict[tuple[str, ...], float]:
        return {(alias,): found.get(name, 0) * factor for alias, found in stats.items()}

    states = {
        (alias, state): found.get(name, 0)
        for alias, found in stats.items()
        for name, state in PROMETHEUS_STATES.items()
    }
    yield gauge("database_connections", "Connections of the pool, by state.", states, "database", "state")
    words = "Who waits for a connection now."
    yield gauge("database_waiting", words, each("requests_waiting"), "database")
    yield counter("database_borrowed", "Connections lent.", each("requests_num"), "database")
    words = "Seconds waited for a connection."
    yield counter("database_waited_seconds", words, each("requests_wait_ms", 0.001), "database")
    words = "Who waited for a connection in vain."
    yield counter("database_refused", words, each("requests_errors"), "database")
    words = "Connections that could not be made, or were found broken."
    failed = {key: each("connections_errors")[key] + each("connections_lost")[key] for key in each("pool_size")}
    yield counter("database_failures", words, failed, "database")


def pool_of(alias: str) -> Any:
    """The pool behind a database's connections, if it has one; nothing is opened by this."""
    if not connections[alias].settings_dict.get("OPTIONS", {}).get("pool"):
        return None
    return connections[alias].pool  # type: ignore[attr-defined]


def redis_pool() -> Iterator[Metric]:
    """The cache's connections to Redis, by state; none where the cache is in memory."""
    counts: dict[str, float] = {}
    if settings.CONFIG.redis_url:
        pool = cache.client.get_client().connection_pool  # type: ignore[attr-defined]
        for number, labels in pool.get_connection_count():
            state = next((str(value) for key, value in labels.items() if "state" in key), "")
            counts[state] = counts.get(state, 0) + number
    yield gauge("redis_connections", "Connections of the cache, by state.", counts, "state")
