"""From an event to a committed Firing, and a storm: with 100,000 alerts in a real Postgres.

``python -m benchmarks.alerts_decide``: the evaluator as the feed runs it. First 300 events, each of which a few
alerts are waiting for: from the event's arrival to the commit of firing, deliveries and state. Then a crash of the
market: one event that 10,000 alerts were waiting for, each with a destination, until all are committed.

Aims: p99 below 50 ms for the first; 5 s for the second.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from decimal import Decimal
from random import Random

from benchmarks.aims import Aim, below, stop_with_all, table
from tests.servers import postgres

ALERTS, COINS, STORM = 100_000, 500, 10_000
EVENTS, EACH = 300, 3
AIM_MS, AIM_STORM_S = 50.0, 5.0
START = Decimal(1000)


def compare(rounds: int = EVENTS) -> list[Aim]:
    """A server, and the evaluator beside it in a process of its own."""
    with postgres() as url:
        environment = os.environ | {"DATABASE_URL": url, "REDIS_URL": "", "HYPERLIQUID_NETWORK": "simulated"}
        environment["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
        command = [sys.executable, "-m", "benchmarks.alerts_decide", "--work", str(rounds)]
        said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    p50, p99, storm = map(float, said.split()[-3:])
    print(f"event to commit: median {p50:.1f} ms, p99 {p99:.1f} ms; {STORM:,} firings: {storm:.2f} s")
    return [
        below(f"event in to firing committed, p99, {ALERTS:,} alerts", p99, AIM_MS),
        below(f"{STORM:,} firings of one event committed", storm, AIM_STORM_S, "s"),
    ]


def fill() -> None:
    """Alerts far from the price, except those that the events and the storm are for."""
    from django.core.management import call_command

    from accounts.models import User
    from alerts.models import Alert, Destination

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("bench", tier="api")
    destination = Destination.objects.create(user=user, kind="webhook", label="bench", verified_at=1)
    random, rows, known = Random(3), [], {"phase": "waiting", "tells_recovery": False}
    for number in range(ALERTS):
        coin = "C0" if number < STORM else f"C{1 + number % (COINS - 1)}"
        above = START * (1 + Decimal(random.randint(5_000, 20_000)) / 100_000)
        threshold = START / 2 if number < STORM else above
        side = -1 if number < STORM else 1
        rows.append(Alert(user=user, metric="mark", coin=coin, side=side, threshold=threshold, **known))
    for event in range(EVENTS):
        rows += [
            Alert(user=user, metric="mark", coin=f"C{1 + event % 499}", threshold=level(event), **known)
            for _ in range(EACH)
        ]
    Alert.objects.bulk_create(rows, batch_size=5000)
    Alert.objects.update(seen_version=1)
    through = Alert.destinations.through
    numbers = Alert.objects.values_list("pk", flat=True)
    through.objects.bulk_create([through(alert_id=pk, destination=destination) for pk in numbers], batch_size=5000)


def level(event: int) -> Decimal:
    """The price that this event brings to its coin."""
    return START + event % 499 % 3 + 1 + event // 499


async def measure(rounds: int) -> None:
    """Print median and p99 in ms, and the storm in s."""
    from alerts.evaluate import Evaluator
    from exchange.clock import SystemClock
    from exchange.events import Prices, UniverseChanged
    from exchange.market import Market
    from exchange.universe import Universe
    from exchange.wire.market import Meta, PerpAsset

    names, clock, market = [f"C{n}" for n in range(COINS)], SystemClock(), Market()
    market.apply(UniverseChanged(0, Universe.build([("", Meta([PerpAsset(name, 2, 5) for name in names]))], None)))
    evaluator = Evaluator(market, clock)
    began = time.perf_counter()
    await evaluator.start()
    print(f"{len(evaluator.watch):,} alerts read in {time.perf_counter() - began:.1f} s", flush=True)
    work = asyncio.create_task(evaluator.run())

    async def take(marks: dict[str, Decimal]) -> float:
        event = Prices(clock.now_ms(), marks, {})
        began = time.perf_counter()
        market.apply(event)
        evaluator.take(event)
        while evaluator.watch.oldest is not None:
            await asyncio.sleep(0.0005)
        return time.perf_counter() - began

    quiet = dict.fromkeys(names, START)
    await take(quiet)
    times = []
    for event in range(rounds):
        times.append(await take(quiet | {f"C{1 + event % 499}": level(event)}) * 1000)
        await asyncio.sleep(0.02)
    storm = await take(quiet | {"C0": START / 4})
    work.cancel()
    times.sort()
    print(times[len(times) // 2], times[int(len(times) * 0.99)], storm)


def work(rounds: int) -> None:
    """In the process of its own."""
    import django

    django.setup()
    fill()
    asyncio.run(measure(rounds))
    from alerts.models import Delivery, Firing

    firings, deliveries = Firing.objects.count(), Delivery.objects.count()
    if firings != deliveries or firings != STORM + rounds * EACH:
        raise RuntimeError(f"{firings} firings and {deliveries} deliveries")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.alerts_decide", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rounds", type=int, default=EVENTS)
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work is not None:
        work(options.work)
        return
    stop_with_all()
    table(compare(options.rounds))


if __name__ == "__main__":
    main()
