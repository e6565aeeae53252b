"""Following 500 wallets from one address, and reading 10,000 fills of a new one.

``python -m benchmarks.following``:

- followed: the tracker on a real socket and REST against a simulated exchange with the documented limits of one
  IP address, at several times real speed (its clock stands still while the process gets no processor). The whole
  cast, and 488 addresses that hold nothing; an asking and a stream cost the same whatever comes of it. When each
  has shown its positions once, all ages are looked at each second for ``--minutes`` of the exchange's time.
- imported: ``manage.py feed`` and ``web`` with a real Postgres and Redis at the exchange's own speed; a wallet of
  the simulated market maker, who has more fills than the exchange gives, is added. From then until its fills are
  read, while one client asks for the table of all markets again and again, as it did before.

Aims: no 429 and no limit exceeded by the exchange's own count; positions at most 60 s old, streamed ones at most
6 s; 10,000 fills within 30 s, p95 of the table meanwhile at most twice that of before.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread

from benchmarks.aims import Aim, at_least, below, stop_with_all, table
from benchmarks.installation import Measured
from benchmarks.pages import ask
from exchange.simulator import cast

WALLETS = 500
SPEED = 8.0
SHOWN_WITHIN_S = 600.0
"""Of real time, until each wallet has shown its positions once."""
OLDEST_S, OLDEST_STREAMED_S = 60.0, 6.0
FILLS, IMPORT_S, SLOWER = 10_000, 30.0, 2.0
PAGE = "/markets/"
CAST = (
    cast.TRADER, cast.UNIFIED, cast.PORTFOLIO, cast.BUILDER_DEX_TRADER, cast.SPOT_TRADER, cast.TWAP_RUNNER,
    cast.MARKET_MAKER, cast.LIQUIDATED, cast.VAULT, cast.SUB_ACCOUNT, cast.EMPTY, cast.MISSING,
)  # fmt: skip


async def follow(minutes: float, speed: float) -> list[Aim]:
    """All wallets by one tracker."""
    from tests.exchange import tracker_rig

    tracker_rig.PATIENCE = SHOWN_WITHIN_S
    wallets = [*CAST, *(f"0x{number:040x}" for number in range(1, WALLETS - len(CAST) + 1))]
    async with tracker_rig.tracking(*wallets, speed=speed) as rig:
        views = rig.tracker.views.by_address
        began = rig.clock.now_ms()
        await rig.until(lambda: all(view.states for view in views.values()), "all positions")
        shown = (rig.clock.now_ms() - began) / 1000
        oldest: list[int] = []
        streamed: list[int] = []
        for _ in range(round(minutes * 60)):
            await rig.later(1)
            now = rig.clock.now_ms()
            oldest.append(max(now - (view.positions_at or 0) for view in views.values()))
            streamed += [now - (v.positions_at or 0) for v in views.values() if v.how == "streamed"]
        usage, limits = rig.exchange.usage, rig.exchange.limits
        print(f"{len(views)} wallets, {dict(rig.hows())}; all shown after {shown:.0f} s of the exchange's time.")
        print(f"At most used: {dict(usage.peak)}; refused: {dict(usage.rejected)}.", flush=True)
        return [
            below("429 and other refusals", usage.rejected.total(), 1, "refusals"),
            Aim("limits by the exchange's count", f"weight {usage.peak['weight']}", f"at most {limits.weight}",
                usage.within(limits)),
            below(f"oldest positions of {len(views)} wallets", max(oldest) / 1000, OLDEST_S, "s"),
            below("oldest streamed positions", max(streamed) / 1000, OLDEST_STREAMED_S, "s"),
        ]  # fmt: skip


def add_and_wait(address: str) -> None:
    """In a process with the database: add the wallet; seconds and rows when its fills are read, as JSON."""
    import django

    django.setup()
    from django.contrib.auth import get_user_model

    from accounts.models import Wallet
    from snapshots.models import BackfillProgress, Fill

    user = get_user_model().objects.create(username="benchmark")
    began = time.monotonic()
    Wallet.objects.put(user, address)
    done = BackfillProgress.objects.filter(account__address=address, stream="fills", state="done")
    while not done.exists():
        if time.monotonic() - began > 20 * IMPORT_S:
            raise TimeoutError(f"not read: {list(BackfillProgress.objects.values('stream', 'state', 'error'))}")
        time.sleep(0.1)
    took = time.monotonic() - began
    print(json.dumps({"seconds": took, "fills": Fill.objects.filter(account__address=address).count()}))


def pages(port: int, stop: Event, into: list[float]) -> None:
    """One client that asks again and again; ms of each answer."""
    while not stop.is_set():
        into += [whole for _, whole, _ in ask(port, PAGE, 5, pause=0.05)]


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def import_fills() -> list[Aim]:
    """A new wallet on a running installation."""
    with tempfile.TemporaryDirectory() as folder, Measured(Path(folder), "processes") as site:
        ask(site.port, PAGE, 10)
        before = [whole for _, whole, _ in ask(site.port, PAGE, 100, pause=0.05)]
        stop, during = Event(), list[float]()
        asking = Thread(target=pages, args=(site.port, stop, during))
        asking.start()
        try:
            command = [sys.executable, "-m", "benchmarks.following", "--add", cast.MARKET_MAKER]
            environment = {**os.environ, **site.environment, "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
            answer = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        finally:
            stop.set()
            asking.join()
    said = json.loads(answer.stdout)
    print(f"{said['fills']} fills of a new wallet in {said['seconds']:.1f} s; p95 of {PAGE} {p95(before):.0f} ms "
          f"before, {p95(during):.0f} ms meanwhile ({len(during)} pages).", flush=True)  # fmt: skip
    return [
        at_least("fills of a new wallet", said["fills"], FILLS, "rows"),
        below("until they are there", said["seconds"], IMPORT_S, "s"),
        below(f"p95 of {PAGE} meanwhile, beside before", p95(during) / p95(before), SLOWER, "times"),
    ]


def compare(minutes: float = 5.0, speed: float = SPEED) -> list[Aim]:
    """Both, printed; the aims."""
    return [*asyncio.run(follow(minutes, speed)), *import_fills()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="of the exchange's time")
    parser.add_argument("--speed", type=float, default=SPEED, help="of the exchange's clock")
    parser.add_argument("--add", metavar="ADDRESS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.add:
        add_and_wait(options.add)
        return
    stop_with_all()
    table(compare(options.minutes, options.speed))


if __name__ == "__main__":
    main()
