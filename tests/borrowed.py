"""Each test gives back the database connections that it borrowed, as threads of the application have to.

A thread that ends with one in its hand takes it away from the pool for good: after ten of them nobody gets any
more, and a test that has nothing to do with it fails.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections

STAYING = 2
"""The main thread's, and that of the one thread in which asgiref runs synchronous code of asynchronous tests."""
PATIENCE_S = 5.0


async def in_thread(work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Ask the database in a thread of its own, which gives the connection back."""

    def ask() -> Any:
        try:
            return work(*arguments, **named)
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


def borrowed() -> int:
    """Connections that are out of the pool of the default database; 0 without a pool."""
    pool = getattr(type(connections["default"]), "_connection_pools", {}).get("default")
    return pool.get_stats()["pool_size"] - pool.get_stats()["pool_available"] if pool is not None else 0


@pytest.fixture(autouse=True)
def gives_back() -> Iterator[None]:
    before = max(borrowed(), STAYING)
    yield
    end = time.monotonic() + PATIENCE_S
    while (now := borrowed()) > before and time.monotonic() < end:
        time.sleep(0.02)
    assert now <= before, f"{now - before} connections were not given back: see tests/borrowed.py: in_thread"
