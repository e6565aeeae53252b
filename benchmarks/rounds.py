"""A round of the recorder whose database is far away: 25 ms each way, by a proxy before a Postgres of its own.

``python -m benchmarks.rounds``: what may come in a second at a full hour, of so many wallets: states, a fill
and a payment of funding each, claims for four histories each, and trades of 30 coins. Ways:

- together: ``Recorder.flush``, all in few statements
- one by one: each event, observed state and claim written by itself, as by a recorder that writes what it hears

Aims: of 10 wallets at least 10 times as fast as one by one; of 50 within 5 seconds. It fails if a row is missing.
"""

import json
import os
import subprocess
import sys
import time
from decimal import Decimal
from urllib.parse import parse_qs, unquote, urlsplit

from benchmarks.aims import Aim, at_least, below, stop_with_all, table

FEW, MANY, COINS = 10, 50, 30
LATENCY = 0.025
"""Seconds each way."""


def taken(wallets: int, start: int) -> list:
    """Everything that is heard in one round."""
    from exchange import account_events as said
    from exchange.events import Traded
    from exchange.wire.account import AssetPosition, ClearinghouseState, Position, SpotState
    from tests.snapshots import wires

    events: list = [Traded(start, f"C{n}", [wires.trade(1, start, f"C{n}")]) for n in range(COINS)]
    for number in range(wallets):
        user = f"0x{start:x}{number:029x}"
        held = [AssetPosition(Position(f"C{n}", Decimal(1), unrealized_pnl=Decimal(2))) for n in range(3)]
        events += [
            said.AccountMode(start, user, "default"),
            said.SpotState(start, user, SpotState([])),
            said.VaultDeposits(start, user, []),
            said.AccountStates(start, user, [("", ClearinghouseState(held, start))], True),
            said.UserFills(start, user, [wires.fill(start)], False),
            said.UserFundings(start, user, [wires.funding(start)], False),
        ]
        kinds = ("fills", "twaps", "fundings", "ledger")
        events += [said.Covered(start, f"{kind}:{user}", start - 60_000, start) for kind in kinds]
    return events


def measure(wallets: int, start: int, is_together: bool) -> tuple[float, int]:
    """Seconds and statements of a round; RuntimeError if it did not store all."""
    from django.db import connection

    from exchange.clock import ManualClock
    from exchange.market import Market
    from snapshots.models import Fill, PositionSnapshot
    from snapshots.record import Recorder

    recorder, sent = Recorder(Market(), ManualClock(start), [f"C{n}" for n in range(COINS)]), []
    before = Fill.objects.count() + PositionSnapshot.objects.count()
    for event in taken(wallets, start):
        recorder.take(event)

    def count(execute, sql, *rest):
        sent.append(sql)
        return execute(sql, *rest)

    began = time.perf_counter()
    with connection.execute_wrapper(count):
        recorder.flush() if is_together else one_by_one(recorder, start)
    took = time.perf_counter() - began
    if Fill.objects.count() + PositionSnapshot.objects.count() - before != 4 * wallets:
        raise RuntimeError(f"not all is stored: {recorder.error}")
    return took, len(sent)


def one_by_one(recorder, now: int) -> None:
    from snapshots import coverage

    trades, accounts = recorder.trades.cut(), recorder.accounts.cut()
    for part in (*trades.parts(), *accounts.parts()):
        part.write(recorder.guard, now)
    for claim in accounts.claims:
        coverage.cover(claim.stream, claim.start, claim.end, now)


def inside() -> None:
    """In a process with the far database: (seconds, statements) of each, as JSON for the one outside."""
    import django

    django.setup()
    from tests.snapshots.wires import NOON

    rounds = [(FEW, False), (FEW, True), (MANY, True)]
    found = [measure(wallets, NOON + n * 60_000, way) for n, (wallets, way) in enumerate(rounds)]
    print(json.dumps(found), flush=True)


def compare() -> list[Aim]:
    """Run all, print, and return the aims."""
    from tests.chaos.background import Background
    from tests.chaos.proxy import Proxy, Wire
    from tests.servers import postgres

    with postgres() as url, Background() as background:
        parts = urlsplit(url)
        folder = unquote(parse_qs(parts.query).get("host", [""])[0])
        proxy = Proxy(background, f"{folder}/.s.PGSQL.5432" if folder else (parts.hostname, parts.port or 5432))
        proxy.start()
        who = parts.netloc.rpartition("@")[0]
        far = f"postgresql://{who}@127.0.0.1:{proxy.port}{parts.path}"
        environment = {**os.environ, "REDIS_URL": "", "DJANGO_SETTINGS_MODULE": "dashboard.settings"}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=environment | {"DATABASE_URL": url}, check=True)
        proxy.be(Wire(latency=LATENCY))
        answer = subprocess.run(
            [sys.executable, "-m", "benchmarks.rounds", "--inside"],
            env=environment | {"DATABASE_URL": far},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    slow, quick, many = json.loads(answer.stdout)
    print("| round | seconds | statements |\n|---|---|---|")
    ways = ((f"{FEW} wallets, one by one", slow), (f"{FEW}, together", quick), (f"{MANY}, together", many))
    for name, (took, sent) in ways:
        print(f"| {name} | {took:.2f} | {sent} |")
    return [
        at_least("a round into a database 25 ms away, beside one by one", slow[0] / quick[0], 10),
        below(f"a round of {MANY} wallets into a database 25 ms away", many[0], 5, "s"),
    ]


if __name__ == "__main__":
    if "--inside" in sys.argv:
        inside()
    else:
        stop_with_all()
        table(compare())
