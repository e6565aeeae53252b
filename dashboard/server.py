"""Our web server: daphne, which shows a socket's connection to the fan-out and says goodbye when it stops.

Import this after Twisted's asyncio reactor is installed; importing daphne does that.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import defer

from dashboard.long_answers import cut_off, taken

GOODBYE_S = 2.0
MOST_FRAME = 65_536
MOST_MESSAGE = 16 << 20
"""Bytes. A browser's frame may have the first; Autobahn holds our own messages to the second as well, and
``markets`` alone has hundreds of kB."""
SERVICE_RESTART = 1012


class WebServer(Server):  # type: ignore[misc]
    """Daphne with an orderly end. ``on_stop`` runs after the listeners closed and before connections are cut.

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
        self._disconnected = asyncio.Event()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Put the connection into a socket's scope, for ``lines.line_for``."""
        if scope["type"] == "websocket":
            scope |= {"daphne_protocol": protocol, "plain": self.plain}
        else:
            protocol.handle_exception = partial(cut_off, protocol)
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Daphne's, and of a long answer no more than the browser takes."""
        await super().handle_reply(protocol, message)
        if message.get("more_body"):
            await taken(protocol)

    def listen_error(self, failure: Any) -> None:
        """Remember why: the command says it in words."""
        self.failure = failure.getErrorMessage()
        self.stop()

    def kill_all_applications(self) -> Any:
        """Twisted waits for this before it stops: listeners, then ``on_stop``, then what is still running."""
        return defer.Deferred.fromFuture(asyncio.ensure_future(self._say_goodbye()))

    async def _say_goodbye(self) -> None:
        for listener in self.listeners:
            listener.addCallback(lambda port: port.stopListening())
        if self.on_stop:
            try:
                async with asyncio.timeout(GOODBYE_S):
                    await self.on_stop()
                    await self._sockets_closed()
            except TimeoutError:
                sys.stderr.write("stopping took too long; what is left is cut off\n")
        applications = [found for one in self.connections.values() if (found := one.get("application_instance"))]
        for application in applications:
            application.cancel()
        await asyncio.gather(*applications, return_exceptions=True)

    async def _sockets_closed(self) -> None:
        """Until every browser has had its goodbye: cut off earlier, it would see 1006 and not why."""
        while any(isinstance(one, WebSocketProtocol) for one in self._open()):
            self._disconnected.clear()
            await self._disconnected.wait()

    def _open(self) -> list[Any]:
        return [protocol for protocol, about in self.connections.items() if not about.get("disconnected")]

    def protocol_disconnected(self, protocol: Any) -> None:
        """Daphne's word that a connection is gone."""
        super().protocol_disconnected(protocol)
        self._disconnected.set()
