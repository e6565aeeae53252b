"""Whether the replica may be read just now: there, hardly behind, and hardly slower than the primary.

Measured every two seconds by each web process; its line of health is made in the same way. Nobody who was not told
so lately reads there: the primary has the same rows.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import Error, connections

from monitoring.database_server import server

log = logging.getLogger(__name__)

ALIAS = "replica"
EVERY_S = 2.0
GOOD_FOR_S = 6.0
"""A measurement older than this says nothing any more."""
SLOWER_S, WAITS_S = 0.25, 1.0
"""So much longer than the primary it may take for a small question, since a page asks a dozen, and so much longer
for a whole measurement. Where the machine is busy both take long, and reading elsewhere would gain nothing."""
BEYOND = "FFFFFFFF/FFFFFFFF"
"""A position that no server has reached: so the time since the last change counts."""
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
        self._primary, self._primary_took = BEYOND, 0.0
        self._at, self._asked = float("-inf"), float("inf")

    @property
    def state(self) -> ReplicaState:
        """As it is now: measured lately, and not found away since."""
        if not is_configured():
            return ReplicaState(False)
        if server(ALIAS).is_away:
            return ReplicaState(True, why=f"is away: {server(ALIAS).error}")
        if time.monotonic() - self._at > GOOD_FOR_S:
            return ReplicaState(True, why="has not been measured lately")
        if (waited := time.monotonic() - self._asked) > self._primary_took + WAITS_S:
            return ReplicaState(True, why=slow(waited))
        return self._measured

    def tick(self) -> None:
        """Measure once, in a thread."""
        try:
            began = time.monotonic()
            here = position()
            self._asked = time.monotonic()
            self._primary, self._primary_took = here or self._primary, self._asked - began
            found = measured(here or BEYOND, self._primary_took)
        except Error as error:
            found = ReplicaState(True, why=f"does not answer: {error}")
        finally:
            self._asked = float("inf")
            connections[ALIAS].close()
            connections["default"].close()
        if found.is_read != self._measured.is_read:
            log.warning(
                "pages are read from the %s", "replica" if found.is_read else f"primary: the replica {found.why}"
            )
        self._measured, self._at = found, time.monotonic()

    def look(self) -> ReplicaState:
        """Ask the replica alone: where the primary was is known since a moment ago. Raises django.db.Error."""
        try:
            return measured(self._primary, self._primary_took)
        finally:
            connections[ALIAS].close()

    async def run(self) -> None:
        """Measure until cancelled; without a replica there is nothing to do."""
        while is_configured():
            try:
                await asyncio.to_thread(self.tick)
            except Exception:
                log.exception("the replica could not be measured")
            await asyncio.sleep(EVERY_S)
        await asyncio.Event().wait()


def is_configured() -> bool:
    """Whether there is a replica."""
    return ALIAS in settings.DATABASES


def measured(primary: str, primary_took: float) -> ReplicaState:
    """What the replica says of itself; raises ``django.db.Error``. Whole is one that has all up to this position.

    Of two questions the one that was answered sooner says how slow it is: this process may stumble, too.
    """
    with connections[ALIAS].cursor() as cursor:
        began = time.monotonic()
        cursor.execute("SELECT 1")
        between = time.monotonic()
        cursor.execute(THERE, [primary])
        follows, is_whole, since = cursor.fetchone()
        took = min(between - began, time.monotonic() - between)
    if not follows:
        return ReplicaState(True, True, why="follows no other: it is a primary itself")
    lag = 0 if is_whole else since
    if lag is None or lag > settings.CONFIG.database_replica_max_lag:
        behind = "nobody knows how far" if lag is None else f"{lag / 1000:.0f} s"
        return ReplicaState(True, True, lag, f"is too far behind: {behind}")
    return ReplicaState(True, True, lag, slow(took) if took > primary_took + SLOWER_S else "")


def slow(seconds: float) -> str:
    """Why one is not read that takes so long for the smallest question."""
    return f"answers too slowly: {seconds:.1f} s"


def position() -> str:
    """How far the primary has written; nothing while it is away."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(HERE)
            return str(cursor.fetchone()[0])
    except Error:
        return ""


replica = Replica()
