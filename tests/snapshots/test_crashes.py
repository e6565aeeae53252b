"""Seeded runs against the simulated exchange: whoever records stops dead at any statement and begins again, rows
come twice, late, in any order or not at all. Nothing is ever stored twice, and what is claimed is there.

``SEEDED_RUNS=1000`` runs that many; without it a few.
"""

import os
from random import Random

import pytest
from django.db import connection

from exchange import account_events as said
from exchange.market import Market
from exchange.simulator import cast as actors
from snapshots import coverage, days
from snapshots.backfill import Backfill
from snapshots.backfill_read import SETTLED
from snapshots.models import Account, BackfillProgress, DayResult, Fill
from snapshots.record import Recorder
from tests.snapshots.place import HISTORIES, Place, check, place

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
RUNS = int(os.environ.get("SEEDED_RUNS", "6"))
QUIET = (actors.TRADER, actors.TWAP_RUNNER, actors.LIQUIDATED, actors.SPOT_TRADER)


class Killed(BaseException):
    """The process ends here, whatever anybody would still want to do."""


class Doom:
    """Lets so many statements through, and then none."""

    def __init__(self, statements: int) -> None:
        self.left = statements

    def __call__(self, execute, sql, params, many, context):
        self.left -= 1
        if self.left < 0 and not sql.startswith(("ROLLBACK", "RELEASE", "SAVEPOINT")):
            raise Killed
        return execute(sql, params, many, context)


def live(where: Place, recorder: Recorder, draw: Random, addresses: list[str]) -> None:
    """What sockets would say: some of the newest rows, shuffled, some of them twice, some never."""
    now = where.clock.now_ms()
    for address in addresses:
        truth = where.truth(address)
        for kind, history in (
            (said.UserFills, "fills"),
            (said.UserFundings, "fundings"),
            (said.LedgerUpdates, "ledger"),
        ):
            rows = list(truth[history].values())[-40:]
            told = [row for row in rows for _ in range(draw.choice((0, 1, 1, 2)))]
            draw.shuffle(told)
            recorder.take(kind(now, address, told, draw.random() < 0.5))


def one_life(where: Place, draw: Random, addresses: list[str]) -> None:
    """A process records until it is killed, or until there is nothing left to read."""
    recorder = Recorder(Market(), where.clock)
    backfill = Backfill(where.info(), where.clock, addresses=lambda: addresses)
    with connection.execute_wrapper(Doom(draw.randrange(10, 600))):
        try:
            live(where, recorder, draw, addresses)
            while backfill.run_once():
                recorder.flush()
                live(where, recorder, draw, addresses)
            recorder.flush()
        except Killed:
            return


@pytest.mark.parametrize("seed", range(RUNS))
def test_after_any_number_of_deaths_the_archive_is_the_truth(seed):
    draw = Random(seed)
    addresses = [*draw.sample(QUIET, 2), *([actors.MARKET_MAKER] if seed % 4 == 0 else [])]
    with place(seed) as where:
        for _ in range(draw.randrange(2, 6)):
            one_life(where, draw, addresses)
            for address in addresses:
                check(where, address, where.clock.now_ms())
            where.advance(draw.uniform(1, 40))
        where.advance(61)
        BackfillProgress.objects.filter(state="done").update(state="waiting")
        last = Backfill(where.info(), where.clock, addresses=lambda: addresses)
        while last.run_once():
            pass
        now = where.clock.now_ms()
        for address in addresses:
            missing = check(where, address, now)
            if address != actors.MARKET_MAKER:
                assert missing == dict.fromkeys(HISTORIES, 0)
                assert all(coverage.is_complete(f"{name}:{address}", 0, now - SETTLED) for name in HISTORIES)
            account = Account.objects.get(address=address)
            book = days.book(account.pk, "Asia/Tokyo")
            summed = sum(row.fills for row in DayResult.objects.filter(book=book))
            assert summed == Fill.objects.of([account.pk]).count()
