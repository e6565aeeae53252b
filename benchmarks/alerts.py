"""What a second of prices costs with a million alerts, beside a scan of all and one SQL query a second.

``python -m benchmarks.alerts``: 1,000,000 alerts on the marks of 500 coins, thresholds spread within 20 % around
the price. All 500 marks change by up to 0.01 %, again and again; the update goes the way that the feed's takes,
through the Market's figures to the alerts that are touched. The database's part, and with it a storm of 10,000
firings and the time from event to commit, is ``benchmarks.alerts_decide``.

Aims: at most 0.5 ms an update beyond firing itself, less than 300 bytes of memory an alert.
"""

import argparse
import gc
import statistics
import subprocess
import sys
import time
from decimal import Decimal
from random import Random
from typing import NamedTuple

import psutil
import psycopg

from alerts.coin_figures import CoinFigures
from alerts.figure import Figure
from alerts.rule import ABOVE, BELOW, WAITING, Rule, State
from alerts.watch import Watch
from alerts.work import Watched
from benchmarks.aims import Aim, below, stop_with_all, table
from exchange.events import Prices, UniverseChanged
from exchange.market import Market
from exchange.universe import Universe
from exchange.wire.market import Meta, PerpAsset
from tests.servers import postgres

ALERTS, COINS = 1_000_000, 500
AIM_MS, AIM_BYTES = 0.5, 300.0
NAMES = [f"C{n}" for n in range(COINS)]


class Row(NamedTuple):
    """An alert as a scan would keep it."""

    number: int
    coin: int
    side: int
    threshold: float


def prices(random: Random) -> list[Decimal]:
    """A price for each coin, from 0.01 to 100,000."""
    return [Decimal(f"{10 ** random.uniform(-2, 5):.5g}") for _ in range(COINS)]


def rows(start: list[Decimal], random: Random, count: int) -> list[Row]:
    """Above the price and below it, at most 20 % away and not nearer than the prices will move."""
    found = []
    for number in range(count):
        coin, side = random.randrange(COINS), random.choice((ABOVE, BELOW))
        found.append(Row(number, coin, side, float(start[coin]) * (1 + side * random.uniform(0.0003, 0.2))))
    return found


def ticks(start: list[Decimal], random: Random, count: int) -> list[Prices]:
    """All marks of each second."""
    found = []
    for second in range(count):
        moved = [price * (1 + Decimal(random.randint(-100, 100)).scaleb(-6)) for price in start]
        found.append(Prices(second * 1000, dict(zip(NAMES, moved, strict=True)), {}))
    return found


class Ours:
    """The evaluator without its database."""

    def __init__(self, alerts: list[Row]) -> None:
        self.market = Market()
        meta = Meta([PerpAsset(name, 2, 5) for name in NAMES])
        self.market.apply(UniverseChanged(0, Universe.build([("", meta)], None)))
        self.watch = Watch(lambda slot: self.figures.add(slot))
        self.figures = CoinFigures(self.market, self.watch.touched)
        state, figures = State(WAITING), [Figure("mark", name) for name in NAMES]
        for row in alerts:
            rule = Rule(Decimal(repr(row.threshold)), row.side)
            self.watch.put(Watched(row.number, figures[row.coin], rule, state))

    def update(self, event: Prices) -> float:
        """ms for one second's prices, without the Market's own part."""
        self.market.apply(event)
        began = time.perf_counter()
        self.watch.pass_time(event.received_at)
        self.figures.take(event, event.received_at)
        return (time.perf_counter() - began) * 1000


def bytes_an_alert(alerts: int) -> float:
    """RSS that the alerts add to a process of its own: an empty one, and one with all of them."""

    def rss(count: int) -> int:
        command = [sys.executable, "-m", "benchmarks.alerts", "--hold", str(count)]
        return int(subprocess.run(command, capture_output=True, check=True, text=True).stdout)

    return (rss(alerts) - rss(0)) / alerts


def hold(count: int) -> None:
    """Hold so many alerts in memory, and print what that takes."""
    random = Random(1)
    start = prices(random)
    ours = Ours([])
    state, figures = State(WAITING), [Figure("mark", name) for name in NAMES]
    for number in range(count):
        coin, side = random.randrange(COINS), random.choice((ABOVE, BELOW))
        threshold = start[coin] * (1 + side * Decimal(random.randint(300, 200_000)).scaleb(-6))
        ours.watch.put(Watched(number + 1_000_000, figures[coin], Rule(threshold, side), state))
    gc.collect()
    print(psutil.Process().memory_info().rss)


def scan(alerts: list[Row], event: Prices) -> float:
    """ms to compare each alert with its coin's price."""
    now = [float(event.marks[name]) for name in NAMES]
    began = time.perf_counter()
    hit = [row.number for row in alerts if (now[row.coin] - row.threshold) * row.side >= 0]
    took = (time.perf_counter() - began) * 1000
    if hit:
        raise RuntimeError("nothing should be hit")
    return took


QUERY = """
SELECT alert.id FROM price JOIN alert ON alert.coin = price.coin AND alert.side = 1
    AND alert.threshold > price.before AND alert.threshold <= price.now
UNION ALL
SELECT alert.id FROM price JOIN alert ON alert.coin = price.coin AND alert.side = -1
    AND alert.threshold < price.before AND alert.threshold >= price.now
"""


def ask_sql(alerts: list[Row], events: list[Prices]) -> list[float]:
    """ms for writing the prices and one query on an index, in Postgres on a Unix socket."""
    with postgres() as url, psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE alert (id int, coin int, side int, threshold float8)")
        with cursor.copy("COPY alert FROM STDIN") as copy:
            for row in alerts:
                copy.write_row(row)
        cursor.execute("CREATE INDEX ON alert (coin, side, threshold) INCLUDE (id)")
        cursor.execute("CREATE TABLE price (coin int PRIMARY KEY, before float8, now float8)")
        first = [
            (coin, float(events[0].marks[name]), float(events[0].marks[name])) for coin, name in enumerate(NAMES)
        ]
        cursor.executemany("INSERT INTO price VALUES (%s, %s, %s)", first)
        cursor.execute("ANALYZE alert")
        cursor.execute("ANALYZE price")
        connection.commit()
        times = []
        for event in events[1:]:
            now = [float(event.marks[name]) for name in NAMES]
            began = time.perf_counter()
            cursor.execute(
                "UPDATE price SET before = price.now, now = given.now "
                "FROM unnest(%s::int[], %s::float8[]) AS given (coin, now) WHERE price.coin = given.coin",
                (list(range(COINS)), now),
            )
            cursor.execute(QUERY)
            if cursor.fetchall():
                raise RuntimeError("nothing should be hit")
            connection.commit()
            times.append((time.perf_counter() - began) * 1000)
        return times


def compare(rounds: int = 200, alerts: int = ALERTS) -> list[Aim]:
    """All three ways over the same alerts and prices; medians."""
    random = Random(7)
    start = prices(random)
    stored, events = rows(start, random, alerts), ticks(start, random, rounds)
    began = time.perf_counter()
    ours = Ours(stored)
    print(f"{alerts:,} alerts on {COINS} coins put in {time.perf_counter() - began:.1f} s\n")
    gc.freeze()
    took = [ours.update(event) for event in events]
    if not ours.watch.is_idle:
        raise RuntimeError("nothing should be touched")
    scanned = [scan(stored, event) for event in events[:5]]
    asked = ask_sql(stored, events[:20])
    median = statistics.median(took)
    worst = sorted(took)[int(len(took) * 0.99)]
    print(f"ladders: median {median:.3f} ms, 99th percentile {worst:.3f} ms")
    print(f"one SQL query a second on an index: median {statistics.median(asked):.2f} ms")
    print(f"scan of all in Python: median {statistics.median(scanned):.1f} ms")
    memory = bytes_an_alert(alerts)
    return [
        below(f"an update of {COINS} prices with {alerts:,} alerts", median, AIM_MS),
        below("memory an alert", memory, AIM_BYTES, "bytes"),
    ]


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alerts", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--alerts", type=int, default=ALERTS)
    parser.add_argument("--hold", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.hold is not None:
        hold(options.hold)
        return
    stop_with_all()
    table(compare(options.rounds, options.alerts))


if __name__ == "__main__":
    main()
