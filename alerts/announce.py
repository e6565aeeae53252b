"""Announce: word to all web processes that something about a user's alerts is new, for his open browsers.

Not kept: who misses it finds the same in the database when he looks next.
"""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from exchange import log_id

log = logging.getLogger(__name__)

GROUP = "alerts"
"""Every web process listens here for ``alerts.changed`` with the user, and perhaps what he is told."""
PATIENCE_S = 5.0


class Home:
    """The event loop of this process's listener, if it has one: a layer in memory belongs to its loop."""

    loop: asyncio.AbstractEventLoop | None = None


def announce(user_id: int, told: dict[str, Any] | None = None) -> None:
    """Call it in a thread. ``told`` is shown as it is. Raises what the channel layer raises."""
    message = {"type": "alerts.changed", "user": user_id, "told": told, "id": log_id.current()}
    loop = Home.loop
    if loop is not None and loop.is_running():
        asyncio.run_coroutine_threadsafe(_send(message), loop).result(PATIENCE_S)
    else:
        async_to_sync(_send)(message)


def changed(user_id: int) -> None:
    """As ``announce``; that nobody could be told is no failure of what has changed."""
    try:
        announce(user_id)
    except Exception as error:
        log.warning("open pages hear later of what has changed: %s: %s", type(error).__name__, error)


async def _send(message: dict[str, Any]) -> None:
    await get_channel_layer().group_send(GROUP, message)
