"""The last steps of stopping: threads of the loop, the channel layer, Redis and the database's pool."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from channels.layers import get_channel_layer
from django.core.cache import caches
from django.db import connections
from redis.exceptions import RedisError

from monitoring.shutdown import Shutdown, Stage
from monitoring.shutdown_step import in_thread

log = logging.getLogger(__name__)

THREADS = 32
"""Most of them only wait, for the exchange or its budget. With as few as Python takes on two cores, six, an
exchange that hangs holds them all, and neither is history written nor the lease renewed."""
THREADS_S = 3.0
CLOSING_S = 3.0


def close_at_the_end(shutdown: Shutdown, loop: asyncio.AbstractEventLoop) -> None:
    """Register what closes this process's connections; threads of its loop are from now on ours to wait for."""
    threads = ThreadPoolExecutor(THREADS, "asyncio")
    loop.set_default_executor(threads)

    async def wait_for_threads() -> None:
        """A job in a thread ends its round. One that waits for the exchange holds nothing, and is left behind."""
        done, _ = await asyncio.wait({in_thread(lambda: threads.shutdown(cancel_futures=True))}, timeout=THREADS_S)
        if not done:
            shutdown.leave_behind("a thread still waits for somebody else, and is left behind")

    shutdown.register("threads", wait_for_threads, 2 * THREADS_S, Stage.CONNECTIONS)
    shutdown.register("channel layer", close_channel_layer, CLOSING_S, Stage.CONNECTIONS)
    shutdown.register("cache", close_caches, CLOSING_S, Stage.CONNECTIONS)
    shutdown.register("database", close_database, 2 * CLOSING_S, Stage.CONNECTIONS)


async def close_channel_layer() -> None:
    """A layer in memory has nothing to close."""
    layer: Any = get_channel_layer()
    if hasattr(layer, "close_pools"):
        try:
            await layer.close_pools()
        except (OSError, RedisError) as error:
            log.info("the channel layer was gone already: %s", error)


def close_caches() -> None:
    """Redis' connections, which all threads share: Django's own ``close`` keeps them for the next request."""
    for cache in caches.all():
        if client := getattr(cache, "client", None):
            client.disconnect(client=client.get_client())


def close_database() -> None:
    """The pool, which all threads share; a connection that is still lent is closed when it comes back."""
    for one in connections.all():
        if getattr(one, "pool", None):
            one.close_pool()
