"""A simulated exchange on a thread of its own, whose accounts' whole truth can be held against what was stored."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from exchange.clock import FastClock, ManualClock
from exchange.info import InfoClient
from exchange.info_account import fill_key
from exchange.simulator.happenings import Trades
from exchange.simulator.limits import Limits
from exchange.simulator.server import SimulatedExchange
from exchange.wire.cashflows import FundingRow, LedgerRow
from exchange.wire.fills import Fill as WireFill
from snapshots import coverage
from snapshots.minutes import MINUTE
from snapshots.models import Account, CashFlow, Fill, FundingPayment, TradeMinute, TradeSnapshot
from tests.exchange.simulator import worlds

HISTORIES = ("fills", "twaps", "fundings", "ledger")


class Place:
    """``clock`` is the exchange's and stands still but for ``advance``, or runs at ``speed``."""

    def __init__(self, seed: int = 7, speed: float = 0) -> None:
        self.world = worlds.small(seed)
        self.trades: dict[str, dict[tuple[int, int], Any]] = defaultdict(dict)
        """Each coin's public trades since the start, by (time, tid)."""
        self._advance, self.world.advance = self.world.advance, self._and_listen
        self.clock: Any = FastClock(self.world.now_ms, speed) if speed else ManualClock(self.world.now_ms)
        self.exchange = SimulatedExchange(self.world, self.clock, Limits.none())
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def _and_listen(self, to_ms: int) -> list[Any]:
        happened = self._advance(to_ms)
        for block in happened:
            if isinstance(block, Trades):
                self.trades[block.coin] |= {(row["time"], row["tid"]): row for row in block.trades}
        return happened

    def start(self) -> None:
        self._thread.start()
        self.do(self.exchange.start())

    def stop(self) -> None:
        self.do(self.exchange.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def do(self, work: Any) -> Any:
        """Run a coroutine where the exchange runs."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def advance(self, seconds: float) -> None:
        """Let so much of the exchange's time pass."""
        self.do(self.clock.advance(seconds))

    def info(self) -> InfoClient:
        return InfoClient(self.exchange.url, clock=self.clock)

    def fault(self, *faults: Any) -> None:
        self.exchange.faults.add(*faults)

    def truth(self, address: str) -> dict[str, dict[Any, Any]]:
        """Everything that ever happened to the account: rows by their identity, for each history."""
        account = self.world.state.accounts[address]
        fills = [msgspec.convert(row, WireFill) for row in account.fills]
        slices = [msgspec.convert(row["fill"], WireFill) for row in account.slices]
        payments = [msgspec.convert(row, FundingRow).payment for row in account.fundings]
        flows = [msgspec.convert(row, LedgerRow) for row in account.ledger]
        return {
            "fills": {fill_key(row): row for row in fills},
            "twaps": {fill_key(row): row for row in slices},
            "fundings": {(row.time, row.coin): row for row in payments},
            "ledger": {(row.time, row.hash, msgspec.json.encode(row.delta, order="sorted")): row for row in flows},
        }


@contextmanager
def place(seed: int = 7, speed: float = 0) -> Iterator[Place]:
    one = Place(seed, speed)
    one.start()
    try:
        yield one
    finally:
        one.stop()


def stored(address: str) -> dict[str, list[Any]]:
    """What the database has of the account, as the exchange would say it."""
    mine = list(Account.objects.filter(address=address).values_list("pk", flat=True))
    fills = list(Fill.objects.of(mine))
    return {
        "fills": [row.wire for row in fills if row.twap_id is None],
        "twaps": [row.wire for row in fills if row.twap_id is not None],
        "fundings": [row.wire for row in FundingPayment.objects.of(mine)],
        "ledger": [row.wire for row in CashFlow.objects.of(mine)],
    }


def key_of(history: str, row: Any) -> Any:
    if history in ("fills", "twaps"):
        return fill_key(row)
    if history == "fundings":
        return row.time, row.coin
    return row.time, row.hash, msgspec.json.encode(row.delta, order="sorted")


def check(place: Place, address: str, now: int) -> dict[str, int]:
    """Nothing twice, nothing made up, nothing missing where it is said to be complete; rows not stored."""
    truth, have = place.truth(address), stored(address)
    missing = {}
    for history in HISTORIES:
        keys = [key_of(history, row) for row in have[history]]
        assert len(keys) == len(set(keys)), f"{history}: something is stored twice"
        for key, row in zip(keys, have[history], strict=True):
            assert key in truth[history], f"{history}: {row} never happened"
            if history != "twaps":
                assert row == truth[history][key]
        lost = [truth[history][key] for key in truth[history].keys() - set(keys)]
        for span in coverage.spans(f"{history}:{address}", 0, now):
            if span.state == "covered":
                assert not [row for row in lost if span.start <= row.time < span.end], (
                    f"{history}: {span} is a lie"
                )
        missing[history] = len(lost)
    return missing


def check_trades(place: Place, coin: str, now: int) -> tuple[int, int]:
    """Nothing twice, nothing made up, nothing missing where it is covered; trades stored, and minutes covered."""
    truth = dict(place.trades[coin])
    rows = list(TradeSnapshot.objects.coin(coin))
    keys = {(row.time, row.tid) for row in rows}
    assert len(rows) == len(keys)
    begin = place.world.start_ms
    for row in rows:
        if row.time > begin:
            assert (row.side, f"{row.px:f}", f"{row.sz:f}") == tuple(
                truth[row.time, row.tid][k] for k in ("side", "px", "sz")
            )
    covered = [span for span in coverage.spans(f"trades:{coin}", begin, now) if span.state == "covered"]
    for time, tid in truth.keys() - keys:
        assert not any(span.start <= time < span.end for span in covered), f"{coin}: {time} {tid} is lacking"
    for minute in TradeMinute.objects.filter(coin=coin):
        mine = [row for row in rows if minute.time <= row.time < minute.time + MINUTE]
        assert (len(mine), sum(row.sz for row in mine)) == (minute.trades, minute.bought + minute.sold)
    return len(rows), sum(span.end - span.start for span in covered) // MINUTE
