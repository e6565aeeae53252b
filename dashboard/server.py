"""Our web server: daphne, which shows a socket's connection to the fan-out and stops in order.

Import this after Twisted's asyncio reactor is installed; importing daphne does that.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus
from typing import Any

from daphne.server import Server
from twisted.internet import defer
from twisted.web.http import RESPONSES

from dashboard.endings import Endings
from dashboard.long_answers import cut_off, taken

log = logging.getLogger(__name__)

MOST_FRAME = 65_536
MOST_MESSAGE = 16 << 20
"""Bytes. A browser's frame may have the first; Autobahn holds our own messages to the second as well, and
``markets`` alone has hundreds of kB."""

for status in HTTPStatus:  # to Twisted 422 and 429 are an "Unknown Status", and whoever asks by hand reads that
    RESPONSES.setdefault(status.value, status.phrase.encode())


class WebServer(Server):  # type: ignore[misc]
    """Daphne with an orderly end: ``on_stop`` runs before the reactor stops, ``endings`` says how to use it.

    With ``plain`` the fan-out takes ASGI's way to the socket. ``failure`` says why it could not listen.
    """

    def __init__(
        self,
        *args: Any,
        on_stop: Callable[[], Awaitable[None]] | None = None,
        plain: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(
            *args, websocket_max_message_size=MOST_MESSAGE, websocket_max_frame_size=MOST_FRAME, **options
        )
        self.on_stop, self.plain = on_stop, plain
        self.failure = ""
        self.endings = Endings()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Put the connection into a socket's scope, for ``lines.line_for``."""
        if scope["type"] == "websocket":
            scope |= {"daphne_protocol": protocol, "plain": self.plain}
        else:
            protocol.handle_exception = partial(cut_off, protocol)
            self.endings.note(protocol)
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Daphne's, and of a long answer no more than the browser takes."""
        if message["type"] == "http.response.start":
            self.endings.mark_last(protocol)
        await super().handle_reply(protocol, message)
        if message.get("more_body"):
            await taken(protocol)

    def listen_success(self, port: Any) -> None:
        """Remember the port: daphne keeps nothing by which it could be closed."""
        super().listen_success(port)
        self.endings.ports.append(port)

    def listen_error(self, failure: Any) -> None:
        """Remember why: the command says it in words."""
        self.failure = failure.getErrorMessage()
        self.stop()

    def kill_all_applications(self) -> Any:
        """Twisted waits for this before it stops: ``on_stop``, then what is still running is cut off."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._end()))

    async def _end(self) -> None:
        try:
            if self.on_stop:
                await self.on_stop()
        except Exception:  # Twisted would keep it to itself
            log.exception("what has to be done before the end failed")
        applications = [found for one in self.connections.values() if (found := one.get("application_instance"))]
        for application in applications:
            application.cancel()
        await asyncio.gather(*applications, return_exceptions=True)

    def protocol_connected(self, protocol: Any) -> None:
        """Daphne's word that a request or a socket begins."""
        super().protocol_connected(protocol)
        self.endings.open.add(protocol)

    def protocol_disconnected(self, protocol: Any) -> None:
        """Daphne's word that it is over, or its connection gone."""
        super().protocol_disconnected(protocol)
        self.endings.over(protocol)
