"""The ways to write trades into Postgres that ``benchmarks.writing`` compares. Each returns how many it stored."""

import json
import random
import subprocess
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

SAVED, BATCH, AT_ONCE, REPEATED = 2_000, 10_000, 1_000, 30
START = 1_764_028_800_000
PRISMA = Path(__file__).with_name("prisma")


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

    rows = rows_of(made[: len(made) // 2])
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


def prisma_is_there() -> bool:
    """Whether ``make bench`` has installed and generated its client."""
    return (PRISMA / "client" / "index.js").exists()


def prisma(made: list, url: str) -> tuple[int, float]:
    """Rows and seconds as Prisma's process measures them, from connected on, trades read."""
    from snapshots.models.trade import COLUMNS

    names = ["receivedAt" if name == "received_at" else name for name in COLUMNS]
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        rows = (dict(zip(names, row, strict=True)) for row in rows_of(made[: len(made) // 2]))
        json.dump(list(rows), file, default=str)
        file.flush()
        command = ["node", "create_many.mjs", file.name, url]
        answer = subprocess.run(command, cwd=PRISMA, check=True, stdout=subprocess.PIPE, text=True)
    said = json.loads(answer.stdout)
    return said["stored"], said["seconds"]


WAYS: dict[str, Callable[[list], int]] = {
    "save": save, "INSERT": insert, "prisma": len, "ours": ours, "repeating": repeating, "recorder": recorder,
    "COPY": len,
}  # fmt: skip
"""In the order of each round: ``repeating`` comes after ``ours``."""
