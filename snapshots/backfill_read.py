"""One reading of one history of an account: chunk by chunk, each with what it proves, in one transaction.

Rows come oldest first, so up to the last one stored nothing is missing since the first one. Whether anything
is missing before the first shows at the end, by how many there were. A reading that was cut off goes on where
it stopped.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import transaction

from exchange.clock import Clock
from exchange.info import InfoClient
from snapshots import coverage, days
from snapshots.backfill_streams import STREAMS, Stream
from snapshots.models import BackfillProgress
from snapshots.models.history import History
from snapshots.record_trades import Guard
from snapshots.store import store

CHUNK = 500
OVERLAP = 60_000
"""Ms that are read again: a row may be told late."""
SETTLED = 10_000
"""Ms before a reading begins after which the exchange may not have told everything yet, clocks included."""


class Reading:
    """Use once: ``run``. Raises what the client and the database raise; what was stored until then stays."""

    def __init__(self, progress: BackfillProgress, info: InfoClient, clock: Clock, guard: Guard) -> None:
        self.progress, self.info, self.clock, self.guard = progress, info, clock, guard
        self.stream: Stream = STREAMS[progress.stream]
        self.name = f"{progress.stream}:{progress.account.address}"
        self.rows = 0
        self.first: int | None = None
        """Time of the first row that this run read."""
        self.joins = False
        """Whether that row was known: what is before it was read before."""
        self.known_to = 0
        self.claimed = 0
        self.crowd: Counter[int] = Counter()

    def run(self) -> None:
        """Read to the end."""
        began = self._begin()
        reached = self.progress.reached
        begin = self.progress.since if reached is None else max(self.progress.since, reached - OVERLAP)
        rows = self._rows(begin)
        while chunk := list(islice(rows, CHUNK)):
            self._store(chunk)
        self._end(begin, began - SETTLED)
        days.refresh_marked([self.progress.account_id])

    def _begin(self) -> int:
        """A new reading, unless one was cut off."""
        progress, now = self.progress, self.clock.now_ms()
        is_cut_off = progress.state in (progress.State.RUNNING, progress.State.FAILED)
        if not (is_cut_off and self.stream.is_ranged and progress.began_at):
            was_read = progress.began_at is not None and self.stream.is_ranged
            self.known_to = coverage.first_break(self.name) if was_read else 0
            progress.since = max(0, self.known_to - OVERLAP)
            progress.first = progress.reached = progress.ended_at = None
            progress.rows, progress.began_at = 0, now
        else:
            self.known_to = progress.reached or 0
        progress.state, progress.error, progress.retry_at = progress.State.RUNNING, "", None
        with transaction.atomic():
            progress.save()
            self.guard()
        return now

    def _rows(self, begin: int) -> Iterator[History]:
        account = self.progress.account
        for sent in self.stream.read(self.info, account.address, begin):
            yield self.stream.row(account.pk, sent, self.clock.now_ms())

    def _store(self, chunk: list[Any]) -> None:
        progress, last = self.progress, chunk[-1].time
        if self.first is None:
            self.first = chunk[0].time
            self.claimed = self.first + 1
            progress.first = self.first if progress.first is None else progress.first
        self.crowd.update(row.time for row in chunk)
        with transaction.atomic():
            fresh = store([row for row in chunk if self.stream.keeps(row)])
            if not self.rows:
                self.joins = self.first <= self.known_to and chunk[0] not in fresh[:1]
            if self.stream.is_ranged:
                self._cover(self.claimed, last)
                self._deny_crowded()
            self.rows += len(chunk)
            self.claimed = max(self.claimed, last)
            progress.rows, progress.reached = progress.rows + len(chunk), last
            progress.save()
            self.guard()
        self.crowd = Counter({time: count for time, count in self.crowd.items() if time >= last})

    def _end(self, begin: int, end: int) -> None:
        """What the number of rows proves; ``end``: everything that happened before it has been told."""
        progress, first = self.progress, self.first
        progress.is_cut = progress.rows >= self.stream.cut_at
        with transaction.atomic():
            if first is None:
                self._cover(begin, end)
            elif self.rows < self.stream.cut_at:
                self._cover(begin, first + 1)
            elif self.joins:
                self._cover(first, first + 1)
            elif self.known_to:
                self._lack(self.known_to, first + 1, coverage.UNREACHABLE)
            if progress.first is not None and not progress.is_cut:
                self._cover(progress.since, progress.first + 1)
            if first is not None and (self.stream.is_ranged or not progress.is_cut):
                self._cover(self.claimed if self.stream.is_ranged else begin, end)
                self._deny_crowded()
            progress.state, progress.ended_at = progress.State.DONE, self.clock.now_ms()
            progress.save()
            self.guard()

    def _cover(self, start: int, end: int) -> None:
        coverage.cover(self.name, start, end, self.clock.now_ms())

    def _deny_crowded(self) -> None:
        for time, count in self.crowd.items():
            if count >= self.stream.page:
                self._lack(time, time + 1, coverage.CROWDED)

    def _lack(self, start: int, end: int, reason: str) -> None:
        coverage.gap(self.name, start, end, reason, self.clock.now_ms())
