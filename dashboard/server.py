"""Our web server: daphne, which shows a socket's connection to the fan-out and says goodbye when it stops.

Import this after Twisted's asyncio reactor is installed; importing daphne does that.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from daphne.server import Server
from twisted.internet import defer

GOODBYE_S = 2.0
SERVICE_RESTART = 1012


class WebServer(Server):  # type: ignore[misc]
    """Daphne with an orderly end. ``on_stop`` runs after the listeners closed and before connections are cut.

    With ``shows_connections`` false the fan-out takes the plain way. ``failure`` says why it could not listen.
    """

    def __init__(
        self,
        *args: Any,
        on_stop: Callable[[], Awaitable[None]] | None = None,
        shows_connections: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.on_stop, self.shows_connections = on_stop, shows_connections
        self.failure = ""

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Put the connection into a socket's scope, for ``lines.line_for``."""
        if scope["type"] == "websocket" and self.shows_connections:
            scope["daphne_protocol"] = protocol
        return super().create_application(protocol, scope)

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
            except TimeoutError:
                sys.stderr.write("stopping took too long; what is left is cut off\n")
        applications = [found for one in self.connections.values() if (found := one.get("application_instance"))]
        for application in applications:
            application.cancel()
        await asyncio.gather(*applications, return_exceptions=True)
