"""Asks databases, Redis and operating system how they are. These calls block: they run in a thread."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection, connections

from monitoring import replica as the_replica
from monitoring import told as what_others_wrote
from monitoring.disk import Disk
from monitoring.disk import disks as disks_of
from monitoring.health import MEMORY, NOTHING, Service
from monitoring.told import Told

PROC_STATUS = Path("/proc/self/status")
KB_PER_MB = 1024


def database() -> Service:
    """Run the smallest query on a connection taken, and given back, as a request does it."""
    return timed(lambda: answer_of("default", "SELECT 1"))


def replica() -> Service:
    """The replica, its lag and why it is not read; unavailable without one."""
    if not the_replica.is_configured():
        return NOTHING
    found: list[the_replica.ReplicaState] = []
    service = timed(lambda: found.append(the_replica.replica.look()))
    return replace(service, lag=found[0].lag, why=found[0].why)


def answer_of(alias: str, question: str) -> Any:
    """The first value of a query's first row."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(question)
            return cursor.fetchone()[0]
    finally:
        connections[alias].close()


def told(now: int) -> Told:
    """What other processes wrote, on a connection that is given back."""
    try:
        return what_others_wrote.told(now)
    finally:
        connection.close()


def disks() -> list[Disk]:
    """Where this process keeps files: ``VAR_DIR``, and the SQLite file if that is the database."""
    folders, database = [settings.CONFIG.var], settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        folders.append(Path(database["NAME"]).parent)
    return disks_of(folders)


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
