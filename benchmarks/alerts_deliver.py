"""From a committed Firing to the webhook that has it, and how long ten thousand messages take.

``python -m benchmarks.alerts_deliver``: a real ``manage.py deliver`` on a real Postgres and Redis, and a receiver
of webhooks on loopback that answers at once. First 300 firings, each decided and committed as the feed does, at
any moment of the deliverer's rounds. Then 10,000 deliveries that become due together: to as many destinations, and
to a hundred, where they go as digests.

Aims: commit to webhook p99 below 200 ms, which with the 50 ms before it is less than 250 ms from the exchange's
frame; 10,000 messages in a minute.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from random import Random

from benchmarks.aims import Aim, below, stop_with_all, table
from tests.servers import postgres, redis

FIRINGS, STORM, FEW_PLACES = 300, 10_000, 100
AIM_MS, AIM_STORM_S, AIM_DIGEST_S = 200.0, 60.0, 15.0
ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
PATIENCE_S = 300.0


def compare(rounds: int = FIRINGS) -> list[Aim]:
    """Both servers, and the work in a process with the settings for them."""
    with postgres() as url, redis() as redis_url:
        environment = os.environ | {
            "DATABASE_URL": url,
            "REDIS_URL": redis_url,
            "HYPERLIQUID_NETWORK": "simulated",
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "ALERTS_ALLOW_PRIVATE": "true",
        }
        command = [sys.executable, "-m", "benchmarks.alerts_deliver", "--work", str(rounds)]
        said = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    p50, p99, storm, digests, messages = map(float, said.split()[-5:])
    print(f"firing committed to webhook received: median {p50:.0f} ms, p99 {p99:.0f} ms")
    print(f"{STORM:,} due at once, to as many destinations: {storm:.1f} s ({STORM / storm:,.0f} a second)")
    print(f"{STORM:,} to {FEW_PLACES} destinations, as {messages:.0f} messages: {digests:.1f} s")
    return [
        below("firing committed to webhook received, p99", p99, AIM_MS),
        below(f"{STORM:,} due deliveries to as many webhooks", storm, AIM_STORM_S, "s"),
        below(f"{STORM:,} due deliveries to {FEW_PLACES} webhooks", digests, AIM_DIGEST_S, "s"),
    ]


class Receiver(asyncio.Protocol):
    """Webhooks: notes when, by ``clock``, the key of each message came."""

    came: dict[str, float] = {}
    clock = staticmethod(time.perf_counter)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.got = transport, b""

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, found, body = self.got.partition(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:]) if found else {}
        if found and len(body) >= int(fields[b"content-length"]):
            self.came[fields[b"idempotency-key"].decode()] = self.clock()
            self.got = b""
            self.transport.write(ANSWER)


@contextmanager
def receiver() -> Iterator[str]:
    """In a thread of its own; its address."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    starting = asyncio.run_coroutine_threadsafe(loop.create_server(Receiver, "127.0.0.1", 0, backlog=1000), loop)
    yield f"http://127.0.0.1:{starting.result().sockets[0].getsockname()[1]}"
    loop.call_soon_threadsafe(loop.stop)


def fill(url: str, rounds: int) -> None:
    """An alert for each firing, and ten thousand destinations."""
    from django.core.management import call_command

    from accounts.models import User
    from alerts.models import Alert, Destination

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("bench", tier="api")
    hook = {"kind": "webhook", "secret": {"url": url, "key": "k" * 32}, "verified_at": 1, "per_minute": 100_000}
    destinations = Destination.objects.bulk_create(
        [Destination(user=user, label=f"hook {n}", **hook) for n in range(STORM)], batch_size=2000
    )
    alerts = Alert.objects.bulk_create(
        Alert(user=user, metric="mark", coin="BTC", threshold=Decimal(100), phase="waiting", seen_version=1)
        for _ in range(rounds)
    )
    through = Alert.destinations.through
    through.objects.bulk_create(
        through(alert=alert, destination=one) for alert, one in zip(alerts, destinations, strict=False)
    )


def latencies() -> list[float]:
    """ms from commit to receipt, of each firing."""
    from alerts.decide import decide
    from alerts.figure import Seen
    from alerts.models import Alert, Delivery
    from alerts.work import Work

    random, took = Random(5), []
    for alert in Alert.objects.order_by("id"):
        now = time.time_ns() // 1_000_000
        decide([Work(alert.pk, alert.figure, Decimal(99), (Seen(now, Decimal(101)),))], now)
        committed = time.perf_counter()
        key = Delivery.objects.get(alert=alert).key
        wait(lambda key=key: key in Receiver.came)
        took.append((Receiver.came[key] - committed) * 1000)
        time.sleep(random.uniform(0.0, 0.2))
    return sorted(took)


def storm(destinations: int) -> tuple[float, int]:
    """Seconds from the commit of 10,000 due deliveries until all are sent, and in how many messages."""
    from alerts.models import Alert, Delivery, Destination

    alert = Alert.objects.first()
    numbers = list(Destination.objects.order_by("id").values_list("pk", flat=True)[:destinations])
    now = time.time_ns() // 1_000_000
    known = {"alert": alert, "firing": alert.firings.first(), "occasion": "fired", "value": "101"}
    known |= {"at": now, "decided_at": now, "not_before": now}
    before = len(Receiver.came)
    Delivery.objects.bulk_create(
        Delivery(destination_id=numbers[n % destinations], key=f"storm.{destinations}.{n}", **known)
        for n in range(STORM)
    )
    began = time.perf_counter()
    wait(lambda: not Delivery.objects.exclude(state="sent").exists(), 0.1)
    return time.perf_counter() - began, len(Receiver.came) - before


def wait(happened, pause: float = 0.001) -> None:
    """Until it has; an error after a long while."""
    ends = time.monotonic() + PATIENCE_S
    while not happened():
        if time.monotonic() > ends:
            raise RuntimeError("the deliverer is too slow, or has stopped")
        time.sleep(pause)


def work(rounds: int) -> None:
    """In the process of its own: print median, p99, and the storms."""
    import django

    django.setup()
    from alerts.models import DeliveryRound

    with receiver() as url:
        fill(url, rounds)
        deliver = subprocess.Popen([sys.executable, "manage.py", "deliver"])
        try:
            wait(DeliveryRound.objects.exists, 0.1)
            took = latencies()
            alone, _ = storm(STORM)
            digests, messages = storm(FEW_PLACES)
        finally:
            deliver.terminate()
            deliver.wait(30)
    print(took[len(took) // 2], took[int(len(took) * 0.99)], alone, digests, messages)


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.alerts_deliver", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rounds", type=int, default=FIRINGS)
    parser.add_argument("--work", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work is not None:
        work(options.work)
        return
    stop_with_all()
    table(compare(options.rounds))


if __name__ == "__main__":
    main()
