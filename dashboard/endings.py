"""Endings: how a web server lets go of its ports, requests and sockets, so that nobody notices but by coming back.

A connection that is kept alive is the trap: its client may send another request at any moment. So from the first
word of the end each answer is the last of its connection, and those that wait for a request are closed once the
ports are, after what was already on its way has been read.
"""

import asyncio
import logging
from typing import Any
from weakref import WeakSet

from daphne.ws_protocol import WebSocketProtocol
from twisted.internet import defer, reactor
from twisted.internet.tcp import Server as Connection

from dashboard.lines import queued

log = logging.getLogger(__name__)

SERVICE_RESTART = 1012
LOOK_S = 0.01
ON_ITS_WAY_S = 0.1
GOODBYE_S = 2.0
"""A browser has so long to answer a close frame. Autobahn hangs up after one second."""


class Endings:
    """Those of one server. ``open`` are requests and sockets that are not over, ``ports`` where it listens."""

    def __init__(self) -> None:
        self.open: set[Any] = set()
        self.ports: list[Any] = []
        self.is_ending = False
        self._answering: WeakSet[Any] = WeakSet()
        self._over = asyncio.Event()

    def begin(self) -> None:
        """From now on an answer says that its connection closes after it."""
        self.is_ending = True

    def over(self, one: Any) -> None:
        """A request or a socket is."""
        self.open.discard(one)
        self._over.set()

    def note(self, request: Any) -> None:
        """A request that an application answers."""
        if channel := request.channel:
            self._answering.add(channel.transport)

    def mark_last(self, request: Any) -> None:
        """Before an answer begins: say that the connection closes after it, if it has to."""
        if self.is_ending and (channel := getattr(request, "channel", None)):
            channel.persistent = False
            request.responseHeaders.setRawHeaders(b"connection", [b"close"])

    async def close_ports(self) -> None:
        """Take what waits in the ports, close them, and then the connections on which nothing is asked."""
        self.begin()
        for port in self.ports:
            port.doRead()  # whoever has connected already would be cut off
            await defer.maybeDeferred(port.stopListening).asFuture(asyncio.get_running_loop())
        await asyncio.sleep(ON_ITS_WAY_S)
        busy = {request.channel.transport for request in self._requests() if request.channel}
        for connection in reactor.getReaders():  # type: ignore[attr-defined]
            if isinstance(connection, Connection) and connection not in busy and not _is_socket(connection):
                connection.loseConnection()

    async def requests_answered(self) -> None:
        """Until every request has been answered, and the answer has left this process."""
        while self._requests() or self._bytes_left():  # noqa: ASYNC110 - nobody says when bytes have left
            await asyncio.sleep(LOOK_S)

    async def sockets_closed(self) -> None:
        """Until every browser has had its goodbye: cut off earlier, it would see 1006 and not why."""
        try:
            async with asyncio.timeout(GOODBYE_S):
                while any(isinstance(one, WebSocketProtocol) for one in self.open):
                    self._over.clear()
                    await self._over.wait()
        except TimeoutError:
            log.warning("stop: %s sockets do not answer, and are cut off", len(self.open))

    def _bytes_left(self) -> bool:
        return any(one.connected and queued(one) > one.offset for one in self._answering)

    def _requests(self) -> list[Any]:
        return [one for one in self.open if not isinstance(one, WebSocketProtocol)]


def _is_socket(connection: Any) -> bool:
    return isinstance(connection.protocol, WebSocketProtocol)
