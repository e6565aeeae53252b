"""Writing public trades into Postgres, each row exactly once, beside what others do.

``python -m benchmarks.writing``: a Postgres of its own that waits for its disk as one in use does, our table with
its indexes and months, the same trades by turns, medians. Ways:

- save: the ORM, one row after the other
- prisma: Prisma itself (``benchmarks/prisma``, pinned; ``make bench`` installs it), ``createMany`` of 1,000 rows
  with ``skipDuplicates``, in its own process; its clock starts when it is connected and has the rows in memory.
  It is Prisma 7, whose engine is WebAssembly over the ``pg`` driver; earlier ones had an engine in Rust
- INSERT: what Prisma sends, without Prisma: 1,000 rows in one statement with ON CONFLICT DO NOTHING, by the same
  psycopg as ours. It is no measurement of Prisma: no client that checks and plans each call, but values that
  psycopg writes into the text of the statement. It stands in where there is no npm
- ours: ``snapshots.store_trades``, batches of 10,000, in one of ten of them 30 trades that are known already
- ours, repeating: the same, all batches for the second time
- recorder: the whole way from the feed's events to the table, with the sums of minutes
- COPY: ready text, nothing checked but the index

Aims: ours at least 30 times save, 12 times Prisma (or INSERT), and at least a third of COPY; ratios are within a
round, and the median of the rounds. It fails if a row is missing or twice.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

from benchmarks.aims import Aim, at_least, stop_with_all, table
from benchmarks.writing_ways import START, WAYS, copy, prisma, prisma_is_there, trades

ROWS = 100_000


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
    if way == "prisma":
        count, took = prisma(made, os.environ["DATABASE_URL"])
    else:
        count, took = work(), time.perf_counter() - began
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


def inside(rounds: int) -> None:
    """In a process with the database: rows a second of each way and round, as JSON for the one outside."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    wait_for_the_disk()
    made = trades(ROWS)
    ways = [way for way in WAYS if way != "prisma" or prisma_is_there()]
    print(json.dumps([{way: measure(way, made) for way in ways} for _ in range(rounds)]), flush=True)


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
    speeds = json.loads(answer.stdout)

    def beside(way: str, ours: str = "ours") -> float:
        return statistics.median(speed[ours] / speed[way] for speed in speeds)

    print("| way | rows/s | beside save |\n|---|---|---|")
    for way in speeds[0]:
        print(f"| {way} | {statistics.median(speed[way] for speed in speeds):,.0f} | {beside('save', way):.1f} |")
    theirs = "prisma" if "prisma" in speeds[0] else "INSERT"
    if theirs != "prisma":
        print("\nPrisma is not installed (`make bench` does it); INSERT stands in for it.")
    return [
        at_least("trades into Postgres, beside the ORM's save", beside("save"), 30),
        at_least(f"trades into Postgres, beside {theirs} by 1,000", beside(theirs), 12),
        at_least("trades into Postgres, beside COPY", beside("COPY"), 1 / 3),
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
