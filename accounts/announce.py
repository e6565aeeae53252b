"""Tells all web processes whose sockets are to close: of sessions that have ended, of tokens that were revoked."""

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

log = logging.getLogger(__name__)

GROUP = "sessions"
"""Every web process listens here for ``session.ended`` with the keys, to close the sockets that they opened."""


def announce(keys: list[str] | list[int]) -> None:
    """Keys of sessions, or numbers of tokens. They are over even if nobody can be told."""
    try:
        async_to_sync(get_channel_layer().group_send)(GROUP, {"type": "session.ended", "keys": keys})
    except Exception as error:
        log.warning(
            "sockets of ended sessions stay open until they reconnect: %s: %s", type(error).__name__, error
        )
