"""Reading history from Postgres: whether pages stay as fast when a hundred times as much is stored.

``python -m benchmarks.reading [--rows 10000000]``: one Postgres, two databases (``benchmarks.reading_rows``),
one of 100,000 fills and as many public trades, one of ``--rows`` (a million by default; ten million take about
8 GB and ten minutes to load). Read by the functions that the pages use, whose statements are then run by
``EXPLAIN ANALYZE``: the time in the database alone, planning included, medians, both databases by turns.

- newest page and a page 1,000 pages deep: of the fills of five accounts, and of the large trades of three coins,
  50 rows each
- a month's calendar: the day results of the five accounts
- an equity curve: 500 points of three years of the largest account

Aims: each under 20 ms, and at most 1.5 times as long as with 100,000 rows. What takes less than a millisecond
reaches the second whatever the ratio of two such figures is. The curve reads 500 places: among many rows each is
on a page of its own, so what is measured there is the processor's cache. 1,000 pages deep is the oldest month of
few large trades and the newest of many, for which three months are planned: that takes twice as long to plan.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from benchmarks.aims import Aim, below, stop_with_all, table
from benchmarks.reading_rows import ADDRESSES, END, START, TRADES_MS, YEARS_MS, load, moment_of

FEW, MANY, AGAIN = 100_000, 1_000_000, 7
SIZE, DEEP = 50, 1_000
MOST_MS, MOST_TIMES, NOTHING_MS = 20.0, 1.5, 1.0
LARGE = {"BTC": 10_000, "ETH": 10_000, "HYPE": 10_000}
LARGE_SHARE = 0.6

Read = Callable[[int], Any]
"""Reads what a page shows, out of a database with so many rows."""


def reads() -> dict[str, Read]:
    """What is measured, by name."""
    from snapshots.curves import curve_of
    from snapshots.large import large_trades
    from snapshots.models import Account, Fill
    from snapshots.results import bring_up_to_date, day_results

    accounts = list(range(1, len(ADDRESSES) + 1))

    def fills(after: tuple[int, int] | None) -> list:
        return list(Fill.objects.all().page(accounts, SIZE + 1, after))

    def large(after: tuple[int, int] | None) -> list:
        return list(large_trades(LARGE).page(SIZE + 1, after))

    def deep(rows: int, share: float = 1.0, span: int = YEARS_MS) -> tuple[int, int]:
        number = rows - round(SIZE * DEEP / share)
        return moment_of(number, rows, span), number

    def calendar(rows: int) -> list:
        bring_up_to_date(accounts, "UTC")
        return day_results(accounts, "UTC", date(2024, 5, 1), date(2024, 5, 31))

    return {
        "fills, newest page": lambda rows: fills(None),
        "fills, 1,000 pages deep": lambda rows: fills(deep(rows)),
        "large trades, newest page": lambda rows: large(None),
        "large trades, 1,000 pages deep": lambda rows: large(deep(rows, LARGE_SHARE, TRADES_MS)),
        "calendar of a month": calendar,
        "equity curve of 500 points": lambda rows: curve_of([Account(pk=1)], START, END).points,
    }


def in_database(read: Read, rows: int) -> float:
    """Ms that the statements of this reading take; RuntimeError if it finds nothing."""
    from django.db import connection

    said: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        if len(read(rows)) < SIZE:
            raise RuntimeError("a page is not full: the benchmark reads past what it stored")
    took = 0.0
    with connection.cursor() as cursor:
        for sql, params in said:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
            (plan,) = cursor.fetchone()[0]
            took += plan["Planning Time"] + plan["Execution Time"]
    return took


def use(name: str) -> None:
    """Be connected to the database of this name."""
    from django.db import connection

    connection.close()
    connection.close_pool()
    connection.settings_dict["NAME"] = name


def make(rows: int) -> None:
    """Create the database with so many rows."""
    from django.core.management import call_command
    from django.db import connection

    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE history_{rows}")
    before = connection.settings_dict["NAME"]
    use(f"history_{rows}")
    call_command("migrate", verbosity=0)
    load(rows)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        (size,) = cursor.fetchone()
    print(f"{rows:,} fills and trades: {size}, loaded in {time.monotonic() - began:.0f} s", file=sys.stderr)
    use(before)


def inside(rows: int, rounds: int) -> None:
    """In a process with the server: {what: [ms of few, ms of many]}, as JSON for the one outside."""
    import django

    django.setup()
    for count in (FEW, rows):
        make(count)
    took: dict[str, dict[int, list[float]]] = {}
    for _ in range(rounds):
        for count in (FEW, rows):
            use(f"history_{count}")
            for what, read in reads().items():
                in_database(read, count)  # what this connection has to learn first
                times = [in_database(read, count) for _ in range(AGAIN)]
                took.setdefault(what, {}).setdefault(count, []).append(statistics.median(times))
    medians = {what: [statistics.median(some) for some in by.values()] for what, by in took.items()}
    print(json.dumps(medians), flush=True)


def compare(rounds: int = 9, rows: int = MANY) -> list[Aim]:
    """Load and read, print, and return the aims."""
    from tests.servers import postgres

    with postgres() as url:
        environment = {**os.environ, "DATABASE_URL": url, "REDIS_URL": "",
                       "DJANGO_SETTINGS_MODULE": "dashboard.settings"}  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.reading", "--inside"]
        command += ["--rounds", str(rounds), "--rows", str(rows)]
        answer = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    aims: list[Aim] = []
    print(f"| read | of {FEW:,} rows, ms | of {rows:,}, ms | times |\n|---|---|---|---|")
    for what, (few, many) in json.loads(answer.stdout).items():
        print(f"| {what} | {few:.2f} | {many:.2f} | {many / few:.2f} |")
        aims.append(below(f"{what}, in the database", many, MOST_MS))
        times = below(f"{what}, beside {FEW:,} rows", many / few, MOST_TIMES, "times")
        reached = times.reached or many < NOTHING_MS
        aims.append(times._replace(target=f"{times.target}, or {NOTHING_MS:g} ms", reached=reached))
    return aims


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", type=int, default=MANY)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        inside(options.rows, options.rounds)
        return
    stop_with_all()
    table(compare(options.rounds, options.rows))


if __name__ == "__main__":
    main()
