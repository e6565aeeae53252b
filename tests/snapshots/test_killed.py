"""A recording process is killed (SIGKILL) at random moments, again and again: what is stored is true, and what is
claimed to be complete is.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from exchange.simulator import cast as actors
from exchange.simulator.faults import Drop, Duplicate
from snapshots import coverage
from snapshots.audit import TradeAudit
from snapshots.backfill import Backfill
from snapshots.backfill_read import SETTLED
from snapshots.models import BackfillProgress, Fill, TradeSnapshot
from tests.snapshots.place import HISTORIES, Place, check, check_trades, place

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).resolve().parents[2]
SPEED = 10.0
ADDRESSES = (actors.TRADER, actors.MARKET_MAKER, actors.TWAP_RUNNER)
KILLS = int(os.environ.get("KILLS", "3"))


def database_url() -> str:
    """The test database, for another process."""
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


@contextmanager
def recording(where: Place, log: Path) -> Iterator[subprocess.Popen]:
    clock = [str(where.clock.now_ms()), str(time.monotonic()), str(SPEED)]
    command = [sys.executable, "-m", "tests.snapshots.recording", where.exchange.url, where.exchange.ws_url]
    environment = {**os.environ, "DATABASE_URL": database_url(), "REDIS_URL": ""}
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*command, *clock, *ADDRESSES], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(30)


def until(happened: Callable[[], bool], process: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + 90
    while not happened():
        assert process.poll() is None, log.read_text()[-3000:]
        assert time.monotonic() < ends, log.read_text()[-3000:]
        time.sleep(0.1)


def test_whatever_is_killed_whenever_the_archive_is_true(tmp_path):
    log, draw = tmp_path / "log", random.Random(KILLS)
    with place(9, SPEED) as where:
        where.fault(Duplicate(share=0.2), Drop(stream="trades", share=0.02))
        for _ in range(KILLS):
            trades, fills = TradeSnapshot.objects.count(), Fill.objects.count()
            with recording(where, log) as process:
                until(lambda: TradeSnapshot.objects.count() > trades, process, log)  # noqa: B023
                time.sleep(draw.uniform(0, 2.5))
            assert Fill.objects.count() >= fills
            now = where.clock.now_ms()
            for address in ADDRESSES:
                check(where, address, now)
            for coin in ("BTC", "ETH"):
                check_trades(where, coin, now)
        where.exchange.faults.clear()
        with recording(where, log) as process:  # long enough for a whole minute or two
            ends = where.clock.now_ms() + 200_000
            until(lambda: where.clock.now_ms() > ends, process, log)
        assert "Traceback" not in log.read_text()
        settle(where)


def settle(where: Place) -> None:
    """Read what is left, as the next leader would: then nothing is missing but what the exchange does not keep."""
    BackfillProgress.objects.update(ended_at=0)
    one = Backfill(where.info(), where.clock, addresses=lambda: ADDRESSES)
    while one.run_once():
        pass
    audit = TradeAudit(where.info(), where.clock, lambda: ["BTC", "ETH"])
    audit.run_once()
    now = where.clock.now_ms()
    for address in ADDRESSES:
        missing = check(where, address, now)
        if address != actors.MARKET_MAKER:
            begin = where.world.start_ms
            assert all(coverage.is_complete(f"{name}:{address}", 0, begin) for name in HISTORIES), missing
    stored, minutes = check_trades(where, "BTC", now)
    assert stored > 50
    assert minutes >= 1
    assert now - SETTLED > where.world.start_ms
