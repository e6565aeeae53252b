"""The exchange's own ``closedPnl``, worked out again for every fill of real accounts that can be checked."""

import gzip
import random
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from exchange.wire.fills import Fill, TwapSlice
from snapshots.pnl.executions import Execution, executions
from snapshots.pnl.trips import round_trips
from tests.recorded import RECORDED, needs_recorded
from tests.snapshots.pnl.closed import check, step_of
from tests.snapshots.pnl.rows import D, Trader

BEFORE, HOLE, DUST = (
    "it began before the record",
    "fills or transfers are missing before it",
    "a dust conversion says 0",
)
ACCOUNTS = {
    "userFills_0x1116b5fcc070945062e8879841c29807db373d0d": (1124, {BEFORE: 2, HOLE: 8}),
    "userFills_0x3e41a8fa0032d635f02201053f1a5aa2a6967c81": (641, {BEFORE: 4}),
    "userFills_0x8bae3527e5a33fa0cf184f37bc112d071463ab6d": (1112, {BEFORE: 9, HOLE: 1}),
    "userFills_0x8cbe593aa5b6fffb5254429d1812abdbd1f06959": (672, {BEFORE: 1}),
    "userFills_0xa4add8273d7f47318675bdfbcce3e9648cdb4509": (604, {BEFORE: 5, HOLE: 3}),
    "userFills_0xadd12adbbd5db87674b38af99b6dd34dd2a45e0d": (788, {BEFORE: 2}),
    "userFills_0xaf0fdd39e5d92499b0ed9f68693da99c0ec1e92e": (877, {BEFORE: 8, HOLE: 16}),
    "userFills_0xf5b0af852e3dedc03b551f7050b616b5c77c7645": (700, {BEFORE: 2, HOLE: 4, DUST: 4}),
    "userFills_0xf97ad6704baec104d00b88e0c157e2b7b3a1ddd1": (1313, {BEFORE: 5}),
    "userFills_0xfdf891f2b214a4c9374d26595ec6d4080262e381": (1473, {BEFORE: 2, HOLE: 65}),
    "twap_userFills_0xaf0fdd39": (2076, {BEFORE: 6, HOLE: 16}),
}
"""Closing fills that are reproduced, and how many cannot be and why; the last with its TWAP slices merged in."""


def recorded(name: str) -> tuple[list[Fill], list[TwapSlice]]:
    folder: Path = RECORDED / "rest"
    fills = gzip.decompress((folder / f"epigone_{name}.json.gz").read_bytes())
    slices = b"[]"
    if name.startswith("twap"):
        slices = gzip.decompress((folder / "epigone_twap_userTwapSliceFills_0xaf0fdd39.json.gz").read_bytes())
    read = msgspec.json.decode
    return read(fills, type=list[Fill], strict=False), read(slices, type=list[TwapSlice], strict=False)


@needs_recorded
@pytest.mark.parametrize("name", ACCOUNTS)
def test_every_closing_fill_of_a_real_account_that_can_be_checked_is_reproduced(name):
    fills, slices = recorded(name)
    random.Random(name).shuffle(fills)  # the order comes from the positions, not from the list
    closed = check(executions(fills, slices))
    assert [row for row in closed.unlike if row.reason == "not explained"] == []
    assert (closed.exact + closed.within_step, Counter(row.reason for row in closed.unlike)) == ACCOUNTS[name]
    assert closed.within_step < closed.exact / 10


@needs_recorded
@pytest.mark.parametrize("name", ACCOUNTS)
def test_trips_of_a_real_account_earn_what_the_exchange_says_but_for_its_cut_off_entries(name):
    fills, slices = recorded(name)
    rows = executions(fills, slices)
    coins: dict[str, list[Execution]] = defaultdict(list)
    for row in rows:
        coins[row.coin].append(row)
    steps = {coin: step_of(own, own[0].kind) for coin, own in coins.items()}
    trips = [trip for trip in round_trips(rows) if trip.kind == "perp" and trip.price_pnl is not None]
    assert trips
    for trip in trips:
        leaving = [part for part in trip.parts if part.move * (1 if trip.side == "long" else -1) < 0]
        said = sum((part.execution.fill.closed_pnl for part in leaving), Decimal(0))
        gains = sum((part.gain for part in leaving), Decimal(0))
        closed = sum((abs(part.move) for part in leaving), Decimal(0))
        assert abs(gains - said) <= 2 * steps[trip.coin] * closed + len(leaving) * D("1e-6"), trip.key
        assert abs(trip.price_pnl - gains) < D("1e-12"), trip.key


def test_an_average_entry_is_cut_off_and_not_rounded():
    trader = Trader()
    trader.buy("BTC", "0.00001", 100)
    trader.buy("BTC", "0.00002", 101)  # 100.666…, to 6 - 5 decimals 100.6
    trader.sell("BTC", "0.00003", 110, closed="0.000282")  # (110 - 100.6) x 0.00003
    assert check(executions(trader.fills)).exact == 1


def test_a_profit_that_nothing_explains_is_reported():
    trader = Trader()
    trader.buy("BTC", 1, 100)
    trader.sell("BTC", 1, 110, closed="9.5")
    (unlike,) = check(executions(trader.fills)).unlike
    assert (unlike.said, unlike.ours, unlike.reason) == (D("9.5"), D(10), "not explained")


def test_the_coins_that_a_fee_took_are_in_the_closed_profit_of_spot():
    trader = Trader()
    trader.buy("@107", 10, 30, fee=1, fee_token="HYPE")  # 300 for 9
    trader.sell("@107", 9, 40, closed=60)
    assert check(executions(trader.fills)).exact == 1
    trader.fills[-1] = msgspec.structs.replace(trader.fills[-1], closed_pnl=D(90))
    assert len(check(executions(trader.fills)).unlike) == 1
