"""Writing public trades into Postgres, each row exactly once, beside what others do.

``python -m benchmarks.writing``: a Postgres of its own that waits for its disk as one in use does, our table with
its indexes and months, the same trades by turns, medians. Ways:

- save: the ORM, one row after the other
- INSERT: 1,000 rows in one statement with parameters and ON CONFLICT DO NOTHING, which is what Prisma's
  ``createMany({skipDuplicates})`` sends. It stands in for Prisma, whose generator wants to download a program;
  measured by itself on a machine like ours Prisma wrote 5,100 to 6,600 rows/s
- ours: ``snapshots.store_trades``, batches of 10,000, in one of ten of them 30 trades that are known already
- ours, repeating: the same, all batches for the second time
- recorder: the whole way from the feed's events to the table, with the sums of minutes
- COPY: ready text, nothing checked but the index

Aims: ours at least 30 times save, 12 times INSERT, and at least a third of COPY. It fails if a row is missing
or twice.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal

from benchmarks.aims import Aim, at_least, stop_with_all, table

ROWS, SAVED = 100_000, 2_000
BATCH, AT_ONCE, REPEATED = 10_000, 1_000, 30
START = 1_764_028_800_000


def trades(count: int) -> list:
    """Trades of three coins, prices and sizes as long as the exchange's, several in one millisecond."""
    from exchange.wire.market import Trade

    draw, made = random.Random(7), []
    for number in range(count):
        coin, price = draw.choice((("BTC", 84_143), ("ETH", 2_912), ("HYPE", 33)))
        px = Decimal(price) + Decimal(draw.randrange(10_000)) / 1000
        sz = Decimal(draw.randrange(1, 10**6)) / 10**5
        parties = (f"0x{draw.getrandbits(160):040x}", f"0x{draw.getrandbits(160):040x}")
        tid = draw.getrandbits(50)
        made.append(Trade(coin, draw.choice("AB"), px, sz, START + number // 3, tid, "0x" + "1" * 64, parties))
    return made


def rows_of(made: list) -> list[tuple]:
    from snapshots.models import TradeSnapshot

    return [TradeSnapshot.values_of(trade, trade.time + 200) for trade in made]


def save(made: list) -> int:
    from django.db.models import Model

    from snapshots.models import TradeSnapshot
    from snapshots.models.trade import COLUMNS

    for row in rows_of(made[:SAVED]):
        Model.save(TradeSnapshot(**dict(zip(COLUMNS, row, strict=True))))
    return SAVED


def insert(made: list) -> int:
    from django.db import connection

    from snapshots.store_trades import NAMES, TABLE

    rows = rows_of(made[: ROWS // 2])
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    with connection.cursor() as cursor:
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            values = [value for row in some for value in row]
            many = ", ".join([one] * len(some))
            cursor.execute(f"INSERT INTO {TABLE} ({NAMES}) VALUES {many} ON CONFLICT DO NOTHING", values)
    return len(rows)


def ours(made: list) -> int:
    from snapshots.store_trades import store_trades

    rows, stored = rows_of(made), 0
    for number, start in enumerate(range(0, len(rows), BATCH)):
        batch = rows[start : start + BATCH]
        if number % 10 == 5:
            batch = [*rows[start - REPEATED : start], *batch]
        stored += store_trades(batch)
    return stored


def repeating(made: list) -> int:
    if ours(made):
        raise RuntimeError("a known trade was stored again")
    return len(made)


def recorder(made: list) -> int:
    from exchange.clock import SystemClock
    from exchange.events import Traded
    from exchange.market import Market
    from snapshots.record import Recorder

    one = Recorder(Market(), SystemClock())
    for start in range(0, len(made), 50):
        some = made[start : start + 50]
        for coin in ("BTC", "ETH", "HYPE"):
            one.take(Traded(some[-1].time, coin, [trade for trade in some if trade.coin == coin]))
        if start % BATCH == BATCH - 50:
            one.flush()
    one.flush()
    return one.written


def copy(made: list) -> Callable[[], int]:
    """The text is ready before the clock starts."""
    from django.db import connection

    from snapshots.store_trades import COPY, TABLE, _line

    text = "".join(map(_line, rows_of(made))).encode()

    def run() -> int:
        with connection.cursor() as cursor, cursor.copy(COPY.format(TABLE)) as into:
            into.write(text)
        return len(made)

    return run


def measure(way: str, made: list) -> float:
    """Rows a second; RuntimeError if the table does not have each row once."""
    from snapshots import partitions
    from snapshots.models import TradeMinute, TradeSnapshot

    if way != "repeating":
        TradeMinute.objects.all().delete()
        partitions.ensure_months([START])
        empty()
    work = copy(made) if way == "COPY" else lambda: WAYS[way](made)
    began = time.perf_counter()
    count = work()
    took = time.perf_counter() - began
    stored = TradeSnapshot.objects.count()
    if not count == stored == TradeSnapshot.objects.values("coin", "time", "tid").distinct().count():
        raise RuntimeError(f"{way}: {count} rows given, {stored} stored")
    return count / took


def wait_for_the_disk() -> None:
    """Undo what makes the tests' Postgres quick and unsafe."""
    from django.db import connection

    with connection.cursor() as cursor:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"ALTER SYSTEM RESET {setting}")
        cursor.execute("SELECT pg_reload_conf()")
    time.sleep(1)


def empty() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE snapshots_tradesnapshot")
        cursor.execute("CHECKPOINT")


WAYS: dict[str, Callable[[list], int]] = {
    "save": save, "INSERT": insert, "ours": ours, "repeating": repeating, "recorder": recorder, "COPY": len,
}  # fmt: skip


def inside(rounds: int) -> None:
    """In a process with the database: medians, as lines for the one outside."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    wait_for_the_disk()
    made = trades(ROWS)
    results: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            results[way].append(measure(way, made))
    for way, speeds in results.items():
        print(f"{way}\t{statistics.median(speeds)}", flush=True)


def compare(rounds: int = 5) -> list[Aim]:
    """Run all ways by turns, print, and return the aims."""
    from tests.servers import postgres

    with postgres() as url:
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "REDIS_URL": "",
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        }
        command = [sys.executable, "-m", "benchmarks.writing", "--inside", "--rounds", str(rounds)]
        answer = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    speed = {way: float(value) for way, value in (line.split("\t") for line in answer.stdout.splitlines())}
    print("| way | rows/s | beside save |\n|---|---|---|")
    for way in WAYS:
        print(f"| {way} | {speed[way]:,.0f} | {speed[way] / speed['save']:.1f} |")
    return [
        at_least("trades into Postgres, beside the ORM's save", speed["ours"] / speed["save"], 30),
        at_least("trades into Postgres, beside INSERT by 1,000", speed["ours"] / speed["INSERT"], 12),
        at_least("trades into Postgres, beside COPY", speed["ours"] / speed["COPY"], 1 / 3),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        inside(options.rounds)
        return
    stop_with_all()
    table(compare(options.rounds))


if __name__ == "__main__":
    main()
