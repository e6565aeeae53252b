"""Whether the copy of the database may be read just now: there, and hardly behind.

Measured every two seconds by each web process. Nobody who was not told so lately reads there: the primary has the
same rows.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connections

from monitoring.database_server import server

log = logging.getLogger(__name__)

ALIAS = "replica"
EVERY_S = 2.0
GOOD_FOR_S = 6.0
"""A measurement older than this says nothing any more."""
HERE = "SELECT pg_current_wal_lsn()::text"
THERE = """
SELECT pg_is_in_recovery(),
       CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), %s::pg_lsn) >= 0 END,
       round(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::bigint
"""


@dataclass(frozen=True, slots=True)
class ReplicaState:
    """``lag`` in ms, None if it is unknown; ``why`` it is not read, or nothing."""

    configured: bool
    reachable: bool = False
    lag: int | None = None
    why: str = ""

    @property
    def is_read(self) -> bool:
        """Whether pages are read from it."""
        return self.configured and not self.why


class Replica:
    """One of a process. ``run`` until cancelled, ``tick`` for one measurement; ``state`` for those who show it."""

    def __init__(self) -> None:
        self._measured = ReplicaState(False)
        self._at = float("-inf")

    @property
    def state(self) -> ReplicaState:
        """As it is now: measured lately, and not found away since."""
        if not is_configured():
            return ReplicaState(False)
        if server(ALIAS).is_away:
            return ReplicaState(True, why=f"is away: {server(ALIAS).error}")
        if time.monotonic() - self._at > GOOD_FOR_S:
            return ReplicaState(True, why="has not been measured lately")
        return self._measured

    def tick(self) -> None:
        """Measure once, in a thread."""
        try:
            found = measured(settings.CONFIG.database_replica_max_lag)
        except DatabaseError as error:
            found = ReplicaState(True, why=f"does not answer: {error}")
        finally:
            connections[ALIAS].close()
            connections["default"].close()
        if found.is_read != self._measured.is_read:
            log.warning(
                "pages are read from the %s", "copy" if found.is_read else f"primary: the copy {found.why}"
            )
        self._measured, self._at = found, time.monotonic()

    async def run(self) -> None:
        """Measure until cancelled; without a copy there is nothing to do."""
        while is_configured():
            try:
                await asyncio.to_thread(self.tick)
            except Exception:
                log.exception("the copy of the database could not be measured")
            await asyncio.sleep(EVERY_S)
        await asyncio.Event().wait()


def is_configured() -> bool:
    """Whether there is a copy."""
    return ALIAS in settings.DATABASES


def measured(most_ms: int) -> ReplicaState:
    """What the copy says of itself; raises ``DatabaseError``. Whole is one that has all that the primary had."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(THERE, [position()])
        follows, is_whole, since = cursor.fetchone()
    if not follows:
        return ReplicaState(True, True, why="follows no other: it is a primary itself")
    lag = 0 if is_whole else since
    if lag is None or lag > most_ms:
        behind = "unknown" if lag is None else f"{lag} ms"
        return ReplicaState(True, True, lag, f"is too far behind: {behind}")
    return ReplicaState(True, True, lag)


def position() -> str:
    """How far the primary has written; while it is away nowhere that can be reached, so that the time counts."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(HERE)
            return str(cursor.fetchone()[0])
    except DatabaseError:
        return "FFFFFFFF/FFFFFFFF"


replica = Replica()
