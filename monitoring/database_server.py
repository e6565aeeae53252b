"""A database server as this process sees it: whether it answers, asked on a connection beside the pool.

Who waits in vain for a connection or an answer asks here what that means. A server that does not answer is left
alone (``exchange/breaker.py``): from then on everybody is told at once, and one thread asks until it is back, so
that no page waits to find out.
"""

import logging
import threading
import time
from collections.abc import Callable

import psycopg

from exchange.breaker import Breaker, BreakerState

log = logging.getLogger(__name__)

RESPITE_S = 1.0
"""How long from one question to the next while it is away."""
SURE_AFTER = 2
"""Questions in vain after which even a statement that is under way is given up."""


class DatabaseServer:
    """One of a process. ``ask`` opens a connection, asks the smallest question, and raises what goes wrong."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.ask: Callable[[], None] | None = None
        self.breaker = Breaker(f"database {alias}", failures=1, respite_s=RESPITE_S)
        self.error = ""
        self._in_vain = self._asked = 0
        self._asking = threading.Lock()
        self._watching: threading.Thread | None = None

    @property
    def state(self) -> BreakerState:
        """For those who show it."""
        return self.breaker.state

    @property
    def is_away(self) -> bool:
        """Whether to do without it."""
        return not self.breaker.is_closed

    @property
    def is_surely_away(self) -> bool:
        """Whether to give up what was asked of it before."""
        return self.is_away and self._in_vain >= SURE_AFTER

    def answers(self) -> bool:
        """Ask now, for a few seconds at most. Who asks while somebody asks already gets his answer."""
        before = self._asked
        with self._asking:
            if self._asked == before and self.ask and self.breaker.admits():
                self._ask(self.ask)
                self._asked += 1
        return not self.is_away

    def _ask(self, ask: Callable[[], None]) -> None:
        try:
            ask()
        except Exception as error:  # whatever it is: were the thread to end by it, nobody would ask again
            if not isinstance(error, (psycopg.Error, OSError)):
                log.exception("the database %s cannot be asked", self.alias)
            self.error, self._in_vain = str(error).strip(), self._in_vain + 1
            self.breaker.ended(error)
            self._watch()
        else:
            if self._in_vain:
                log.warning("the database %s is back", self.alias)
            self.error, self._in_vain = "", 0
            self.breaker.ended()

    def _watch(self) -> None:
        """Go on asking in a thread, unless it is that thread which asks."""
        if self._watching is None or not self._watching.is_alive():
            log.error("the database %s is away: %s", self.alias, self.error)
            self._watching = threading.Thread(target=self._watch_until_back, name="database", daemon=True)
            self._watching.start()

    def _watch_until_back(self) -> None:
        while self.is_away:
            time.sleep(RESPITE_S * 1.05)
            self.answers()


_servers: dict[str, DatabaseServer] = {}


def open_or_closed() -> dict[str, bool]:
    """Of each server that this process has asked for a connection, by alias: whether it is left alone."""
    return {alias: one.is_away for alias, one in _servers.items()}


def server(alias: str = "default") -> DatabaseServer:
    """The server of this alias in ``DATABASES``."""
    return _servers.setdefault(alias, DatabaseServer(alias))
