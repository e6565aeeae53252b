"""The id of a socket, and its line in the log: a connection that lasts is told when it ends."""

import logging
import time
from typing import Any

from django.conf import settings

from accounts.proxies import is_in, networks
from exchange import log_id

log = logging.getLogger("access.socket")


def noted(application: Any) -> Any:
    """The application of a socket, with an id: that of a trusted proxy, or a new one."""

    async def noted_socket(scope: dict[str, Any], receive: Any, send: Any) -> None:
        with log_id.bound(given_id(scope) or log_id.new()):
            began = time.monotonic()
            log.debug("a socket opens")
            try:
                await application(scope, receive, send)
            finally:
                seconds = round(time.monotonic() - began, 1)
                said = {"path": scope.get("path", ""), "seconds": seconds}
                log.info("a socket was open for %s s", seconds, extra=said)

    return noted_socket


def given_id(scope: dict[str, Any]) -> str:
    """What the handshake brings, if a trusted proxy made it; a peer on a Unix socket is one of this machine."""
    peer = (scope.get("client") or ("127.0.0.1",))[0] or "127.0.0.1"
    if not is_in(peer, networks(settings.TRUSTED_PROXIES)):
        return ""
    given = dict(scope.get("headers", ())).get(b"x-request-id", b"").decode("latin-1")
    return given if log_id.is_sane(given) else ""
