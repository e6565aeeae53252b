"""The audit: a minute is complete if its stored trades add up to the exchange's bar, and a gap if they do not."""

from decimal import Decimal

import pytest

from exchange.clock import ManualClock
from exchange.info import InfoClient
from exchange.simulator.happenings import Trades
from exchange.simulator.profile import SMALL
from exchange.simulator.world import World
from snapshots import audit, coverage
from snapshots.audit import EVERY_MS, SETTLED, TradeAudit
from snapshots.minutes import MINUTE, sum_minutes
from snapshots.models import Coverage, TradeSnapshot
from snapshots.store_trades import store_trades
from tests.exchange.info_server import info_server
from tests.snapshots import wires
from tests.snapshots.wires import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
STREAM = "trades:BTC"


def bar(minute: int, volume: str) -> dict:
    start = NOON + minute * MINUTE
    prices = dict.fromkeys("ohlc", "1.0")
    return {"t": start, "T": start + MINUTE - 1, "s": "BTC", "i": "1m", "v": volume, "n": 1, **prices}


def put(*seconds: int, sz: str = "1.0") -> None:
    """A trade at each of these seconds after noon, with its minutes' sums."""
    trades = [wires.trade(second, NOON + second * 1000, sz=sz) for second in seconds]
    store_trades([TradeSnapshot.values_of(trade, NOON) for trade in trades])
    sum_minutes(("BTC", trade.time) for trade in trades)


def states(to: int) -> list[str]:
    """What is said of each minute after noon."""
    found = []
    for minute in range(to):
        (span,) = coverage.spans(STREAM, NOON + minute * MINUTE, NOON + (minute + 1) * MINUTE)
        found.append(span.state)
    return found


def run(bars: list[dict], at_minute: float) -> list[dict]:
    """Audit once at this minute after noon; what was asked."""
    with info_server() as server:
        server.will(bars)
        clock = ManualClock(NOON + round(at_minute * MINUTE) + SETTLED)
        TradeAudit(InfoClient(server.url, clock=clock), clock, lambda: ["BTC"]).run_once()
        return [body["req"] for body in server.asked]


def test_minutes_whose_trades_add_up_are_complete_and_others_are_gaps():
    put(10, 70, 80, 130, 250)
    run([bar(0, "9"), bar(1, "2.0"), bar(2, "1.5"), bar(4, "1.0"), bar(5, "0")], 5)
    assert states(6) == ["before", "covered", "gap", "covered", "covered", "unknown"]


def test_an_audit_goes_on_where_the_last_one_ended_and_asks_for_no_more():
    put(10, 70, 80)
    run([bar(1, "2.0")], 2)
    put(130)
    (asked,) = run([bar(2, "1.0")], 3.5)
    assert (asked["startTime"], asked["endTime"]) == (NOON + 2 * MINUTE, NOON + 3 * MINUTE - 1)
    assert states(4) == ["before", "covered", "covered", "unknown"]
    assert Coverage.objects.count() == 1


def test_trades_that_were_written_late_close_a_young_gap():
    put(10, 70, 130)
    run([bar(1, "2.0"), bar(2, "1.0")], 3)
    assert states(3) == ["before", "gap", "covered"]
    put(75)
    run([bar(1, "2.0"), bar(2, "1.0"), bar(3, "0")], 4)
    assert states(3) == ["before", "covered", "covered"]


def test_an_old_gap_is_not_asked_about_for_ever():
    put(10, 70, 130)
    run([bar(1, "2.0"), bar(2, "1.0")], 3)
    (asked,) = run([bar(3, "0.0")], 60)
    assert asked["startTime"] == NOON + 3 * MINUTE


def test_a_gap_of_the_feed_hides_no_minute_before_it_from_the_audit():
    put(10, 70)
    run([bar(1, "1.0")], 2)
    put(250)
    coverage.gap(STREAM, NOON + 200_000, NOON + 201_000, "the socket was lost", NOON)
    run([bar(2, "5.0"), bar(3, "0"), bar(4, "1.0")], 5)
    assert states(5) == ["before", "covered", "gap", "covered", "covered"]


def test_an_answer_that_says_nothing_proves_nothing():
    put(10, 70, 130)
    run([], 3)
    assert states(3) == ["before", "before", "before"]
    run([bar(1, "1.0")], 3)
    assert states(3) == ["before", "covered", "unknown"]


def test_what_is_older_than_the_exchanges_bars_is_said_not_to_be_proved(monkeypatch):
    monkeypatch.setattr(audit, "MOST_BARS", 2)
    put(10, 70, 280)
    run([bar(3, "0"), bar(4, "1.0")], 5)
    assert states(5) == ["before", "gap", "gap", "covered", "covered"]


def test_each_coin_is_asked_about_every_five_minutes():
    put(10, 70)
    with info_server() as server:
        server.will([bar(1, "1.0")])
        clock = ManualClock(NOON + 3 * MINUTE)
        one = TradeAudit(InfoClient(server.url, clock=clock), clock, lambda: ["BTC", "ETH"])
        for _ in range(3):
            one.run_once()
        assert len(server.asked) == 1
        later = TradeAudit(one.info, ManualClock(NOON + 3 * MINUTE + EVERY_MS), one.coins)
        later._due = one._due
        later.run_once()
        assert len(server.asked) == 2


@pytest.mark.parametrize("seed", range(4))
def test_on_the_simulated_exchange_it_finds_exactly_the_minutes_that_lack_something(seed):
    world = World(seed=seed, profile=SMALL)
    start = world.start_ms
    happened = world.advance(start + 12 * MINUTE)
    lost, rows = set(), []
    for block in happened:
        if isinstance(block, Trades) and block.coin == "BTC":
            for row in block.trades:
                if (row["tid"] + seed) % 97 == 0:
                    lost.add(row["time"] // MINUTE * MINUTE)
                else:
                    trade = wires.trade(row["tid"], row["time"], side=row["side"], sz=row["sz"])
                    rows.append(TradeSnapshot.values_of(trade, row["time"]))
    store_trades(rows)
    sum_minutes((row[0], row[1]) for row in rows)
    bars = world.info({"type": "candleSnapshot", "req": {"coin": "BTC", "interval": "1m", "startTime": start}})
    with info_server() as server:
        server.will([one for one in bars if one["T"] < world.now_ms])
        clock = ManualClock(world.now_ms)
        TradeAudit(InfoClient(server.url, clock=clock), clock, lambda: ["BTC"]).run_once()
    first = (min(row[1] for row in rows) // MINUTE + 1) * MINUTE
    judged = range(first, (world.now_ms - SETTLED) // MINUTE * MINUTE, MINUTE)
    found = {at for at in judged if coverage.spans(STREAM, at, at + MINUTE)[0].state == "gap"}
    assert found == {at for at in judged if at in lost}
    assert len(judged) > 8
    assert lost
    assert all(coverage.is_complete(STREAM, at, at + MINUTE) for at in judged if at not in lost)
    assert sum(Decimal(row[5]) for row in rows) > 0
