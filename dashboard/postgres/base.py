"""Connections from the pool. A server that is away is said to be away at once; a pool that is used up says so.

psycopg's pool reports both in the same way, and only after its whole patience.
"""

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg_pool import PoolTimeout

from dashboard.postgres.waiting import ServerAway, WaitingConnection
from monitoring.database_server import DatabaseServer, server

DOUBT_S = 0.5
"""After so long without a connection the server is asked whether it is there."""
ASK_S = 2
"""Patience with that question, the least that libpq has."""
FULL = ("too many clients", "remaining connection slots", "too many connections")
"""What a server says that is there and has no connection left."""


class PoolUsedUp(psycopg.OperationalError):
    """All connections of this process are in use."""

    def __init__(self, most: int, seconds: float) -> None:
        super().__init__(
            f"all {most} connections of this process to the database have been in use for {seconds:g} s "
            "(DATABASE_MAX_CONNECTIONS, DATABASE_CONNECTION_TIMEOUT)"
        )


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with a pool that does not keep anybody waiting for a server that is away."""

    @property
    def server(self) -> DatabaseServer:
        """What this process knows of it."""
        found = server(self.alias)
        found.ask = found.ask or self._ask
        return found

    def get_new_connection(self, conn_params):
        """A connection; raises ``ServerAway`` or ``PoolUsedUp``."""
        if not self.pool:
            return super().get_new_connection(conn_params)
        if self.server.is_away:
            raise ServerAway(self.server.error)
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self.pool.open()
        patience = self.pool.timeout
        try:
            return self.pool.getconn(min(DOUBT_S, patience))
        except PoolTimeout:
            if not self.server.answers():
                raise ServerAway(self.server.error) from None
        try:
            return self.pool.getconn(max(0.0, patience - DOUBT_S))
        except PoolTimeout:
            raise PoolUsedUp(self.pool.max_size, patience) from None

    def _configure_connection(self, connection):
        if isinstance(connection, WaitingConnection):
            connection.server = self.server
        return super()._configure_connection(connection)

    def _ask(self) -> None:
        """Whether it lets us in. On a connection of its own: a server that hangs lets nobody in."""
        parameters = {**self.get_connection_params(), "connect_timeout": ASK_S}
        try:
            psycopg.connect(**parameters).close()
        except psycopg.OperationalError as error:
            if not any(words in str(error) for words in FULL):
                raise
