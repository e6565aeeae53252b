"""Asks database, Redis and operating system how they are. These calls block: they run in a thread."""

import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from monitoring.alerts_lag import AlertsLag, alerts_lag
from monitoring.health import MEMORY, NOTHING, Service

PROC_STATUS = Path("/proc/self/status")
KB_PER_MB = 1024


def database() -> Service:
    """Run the smallest query on a connection taken, and given back, as a request does it."""

    def ask() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                cursor.fetchone()
        finally:
            connection.close()

    return timed(ask)


def alerts(now: int) -> AlertsLag:
    """How far alerts are behind at ``now``, on a connection that is given back."""
    try:
        return alerts_lag(now)
    finally:
        connection.close()


def redis() -> Service:
    """Ping the Redis of the cache; unavailable when none is configured."""
    if not settings.CONFIG.redis_url:
        return NOTHING
    return timed(lambda: cache.client.get_client().ping())


def timed(ask: Callable[[], object]) -> Service:
    """How long ``ask`` took; what it raises is for the monitor."""
    began = time.perf_counter()
    ask()
    return Service(available=True, connected=True, latency=round((time.perf_counter() - began) * 1000, 2))


def memory() -> dict[str, float | None]:
    """Memory of this process in MB, as Linux counts it; nulls where there is no ``/proc``.

    heapUsed: private memory that is in RAM: Python's objects and what C libraries allocated.
    heapTotal: what the process reserved for data, used or not. rss: all of it that is in RAM.
    external: the part of rss that is not heap: program code, libraries, mapped and shared files.
    """
    try:
        lines = PROC_STATUS.read_text().splitlines()
    except OSError:
        return dict.fromkeys(MEMORY)
    kb = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if "kB" in rest}
    return {
        "heapUsed": megabytes(kb["RssAnon"]),
        "heapTotal": megabytes(kb["VmData"]),
        "rss": megabytes(kb["VmRSS"]),
        "external": megabytes(kb["RssFile"] + kb["RssShmem"]),
    }


def megabytes(kb: int) -> float:
    """Kilobytes as MB with one decimal."""
    return round(kb / KB_PER_MB, 1)
