"""A connection whose statements do not wait for ever for a server that hangs.

``statement_timeout`` is kept by the server, which cannot keep it while it is stopped or cut off.
"""

import time
from collections.abc import Generator
from typing import Any

import psycopg

from monitoring.database_server import DatabaseServer

DOUBT_S = 1.5
"""After so long without an answer the server is asked on another connection; then again after ``AGAIN_S``."""
AGAIN_S = 5.0
LOOK_S = 0.1


class ServerAway(psycopg.OperationalError):
    """The database does not answer."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the database is away: {why or 'it does not answer'}")


class WaitingConnection(psycopg.Connection[Any]):
    """``server`` is set when it is opened; a statement may take as long as the server is there."""

    server: DatabaseServer | None = None

    def wait(self, gen: Any, interval: float = LOOK_S, timeout: float | None = None) -> Any:
        """Psycopg's; raises ``ServerAway``, and the connection is closed: its statement is still under way."""
        watched = watch(gen, self.server) if self.server else gen
        try:
            return super().wait(watched, interval, timeout)
        except ServerAway:
            self.pgconn.finish()
            raise


def watch(gen: Any, server: DatabaseServer) -> Generator[Any, Any, Any]:
    """The same generator, left once the server is away. Psycopg looks at it each ``LOOK_S``."""
    began, doubt = time.monotonic(), DOUBT_S
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() - began > doubt:
                doubt = time.monotonic() - began + AGAIN_S
                server.answers()
            if not ready and server.is_surely_away:
                raise ServerAway(server.error)
            wanted = gen.send(ready)
    except StopIteration as end:
        return end.value
