"""The recorder: each thing once, at the times that were promised, and never more claimed than is stored."""

import logging
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import OperationalError, connection

from exchange import account_events as said
from exchange.clock import ManualClock
from exchange.events import Gap, Mids, Traded, UniverseChanged
from exchange.market import Market
from exchange.universe import Coin, Universe
from exchange.wire.account import (
    AssetPosition,
    ClearinghouseState,
    MarginSummary,
    Position,
    SpotBalance,
    SpotState,
)
from exchange.wire.fills import TwapSlice
from exchange.wire.vaults import VaultEquity
from snapshots import coverage, record
from snapshots.coverage import Span
from snapshots.models import (
    CashFlow,
    ClosedOrder,
    DayBook,
    EquitySnapshot,
    Fill,
    FundingPayment,
    PositionSnapshot,
    TradeMinute,
    TradeSnapshot,
)
from snapshots.record import Recorder
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, BOB, NOON

pytestmark = pytest.mark.django_db
MINUTE = 60_000
BTC, ETH = "trades:BTC", "trades:ETH"


@pytest.fixture
def market() -> Market:
    market = Market()
    coins = {
        "BTC": Coin("BTC", "BTC", "perp", "", 0, 5),
        "@107": Coin("@107", "HYPE/USDC", "spot", "", 107, 2),
    }
    market.apply(UniverseChanged(NOON, Universe(coins)))
    return market


@pytest.fixture
def recorder(market) -> Recorder:
    return Recorder(market, ManualClock(NOON))


def traded(*tids: int, coin: str = "BTC", at: int | None = None) -> Traded:
    """Trade ``n`` happened ``n`` seconds after noon."""
    trades = [wires.trade(tid, NOON + tid * 1000, coin) for tid in tids]
    return Traded(trades[-1].time if at is None else at, coin, trades)


def stored() -> list[int]:
    return [row.tid for row in TradeSnapshot.objects.order_by("tid")]


def known(stream: str = BTC, to: int = 40) -> list[tuple[int, int, str]]:
    """Spans in seconds after noon."""
    spans = coverage.spans(stream, NOON, NOON + to * 1000)
    return [((one.start - NOON) / 1000, (one.end - NOON) / 1000, one.state) for one in spans]


def state(szi: str = "1.0", at: int = NOON, coin: str = "BTC", value: str = "100.0") -> ClearinghouseState:
    summary = MarginSummary(Decimal(value), Decimal("50.0"), Decimal(value), Decimal("5.0"))
    position = Position(coin, Decimal(szi), unrealized_pnl=Decimal("2.5"), position_value=Decimal(value))
    positions = [AssetPosition(position)] if Decimal(szi) else []
    return ClearinghouseState(positions, at, summary, summary, Decimal("1.0"), Decimal("3.0"))


def states(szi: str = "1.0", at: int = NOON, value: str = "100.0", **options) -> said.AccountStates:
    return said.AccountStates(at + 50, ALICE, [("", state(szi, at, value=value, **options))], True)


def balances(at: int = NOON, **tokens: str) -> said.SpotState:
    rows = [SpotBalance(token, Decimal(total), Decimal(0)) for token, total in tokens.items()]
    return said.SpotState(at + 40, ALICE, SpotState(rows))


def sizes() -> list[tuple[int, str]]:
    """Minutes after noon and sizes, as stored."""
    rows = PositionSnapshot.objects.order_by("time")
    return [((row.time - NOON) / MINUTE, f"{row.szi:f}") for row in rows]


# Trades --------------------------------------------------------------------------------------


def test_a_trade_heard_many_times_is_stored_once(recorder):
    for event in (traded(1, 2, 3), traded(2, 3, 4), traded(3, 3)):
        recorder.take(event)
    recorder.flush()
    Recorder(Market(), ManualClock(NOON)).take(traded(1))
    again = Recorder(Market(), ManualClock(NOON))
    again.take(traded(2, 3, 4, 5))
    again.take(traded(5))
    again.flush()
    assert stored() == [1, 2, 3, 4, 5]
    assert (recorder.written, again.written) == (4, 1)
    assert TradeSnapshot.objects.get(tid=5).received_at == NOON + 5000


def test_what_the_feed_calls_a_gap_is_one_and_nothing_is_claimed_unproved(recorder):
    recorder.take(traded(1, 2, 3))
    recorder.take(Gap(NOON, BTC, NOON + 3000, NOON + 5999, "the socket was lost"))
    recorder.take(traded(6, 7, 8))
    recorder.flush()
    assert known() == [(0, 3, "before"), (3, 6, "gap"), (6, 40, "unknown")]


def test_only_the_coins_that_are_recorded_are_stored(market):
    for chosen, wanted in (((), ["BTC"]), (("DOGE",), ["DOGE"])):
        TradeSnapshot.objects.all().delete()
        recorder = Recorder(market, ManualClock(NOON), chosen)
        recorder.take(traded(1, 2))
        recorder.take(traded(1, 2, coin="DOGE"))
        recorder.take(Gap(NOON, ETH if chosen else "trades:DOGE", NOON, NOON + 1, "lost"))
        recorder.flush()
        assert sorted(set(TradeSnapshot.objects.values_list("coin", flat=True))) == wanted
        assert coverage.spans(ETH if chosen else "trades:DOGE", NOON, NOON + 5)[0].state == "before"


def test_a_watched_position_makes_its_coin_recorded(recorder):
    assert recorder.topics() == [BTC, ETH, "trades:HYPE"]
    recorder.take(states(coin="kPEPE"))
    assert "trades:kPEPE" in recorder.topics()
    recorder.take(traded(1, 2, coin="kPEPE"))
    recorder.take(said.Following(NOON, ALICE, "ended"))
    assert "trades:kPEPE" not in recorder.topics()
    recorder.take(traded(3, coin="kPEPE"))
    recorder.flush()
    assert stored() == [1, 2]


def test_of_very_many_coins_those_that_most_accounts_hold_are_recorded(recorder):
    for number in range(100):
        held = [AssetPosition(Position(f"C{coin}", Decimal(1))) for coin in range(number + 1)]
        states = [("", ClearinghouseState(held, NOON))]
        recorder.take(said.AccountStates(NOON, f"0x{number:040x}", states, True))
    topics = recorder.topics()
    assert len(topics) == record.MOST_COINS
    assert {BTC, "trades:C0", "trades:C26"} < set(topics)
    assert "trades:C27" not in topics


def test_coins_that_somebody_else_names_are_recorded_in_turns_with_those_of_positions():
    named = [f"A{number}" for number in range(100)]
    recorder = Recorder(Market(), ManualClock(NOON), more_coins=lambda: named)
    assert len(recorder.topics()) == record.MOST_COINS
    held = [AssetPosition(Position(f"C{coin}", Decimal(1))) for coin in range(100)]
    recorder.take(said.AccountStates(NOON, ALICE, [("", ClearinghouseState(held, NOON))], True))
    topics = set(recorder.topics())
    assert len(topics) == record.MOST_COINS
    assert {BTC, "trades:A0", "trades:A12", "trades:C0"} < topics
    assert {len([one for one in topics if f":{kind}" in one]) for kind in "AC"} == {13, 14}
    named.clear()
    assert len([one for one in recorder.topics() if ":C" in one]) == 27
    assert Recorder(Market(), ManualClock(NOON), ["BTC"], more_coins=lambda: ["ETH"]).topics() == [BTC]


def test_what_has_no_room_is_counted_and_said(recorder, caplog):
    recorder.trades.most = 3
    for event in (traded(1, 2, 3), traded(4, 5), traded(6)):
        recorder.take(event)
    with caplog.at_level(logging.WARNING):
        recorder.flush()
    recorder.take(traded(7, 8))
    recorder.flush()
    assert stored() == [1, 2, 3, 7, 8]
    assert recorder.dropped == 3
    assert "no room for 3" in caplog.text
    assert (4, 6.001, "gap") in known(), "nothing is claimed about what is lost"


def test_minutes_are_the_sum_of_their_trades_also_when_some_come_late(recorder):
    for tids in ((1, 2, 61), (3, 62, 190), (59,)):
        recorder.take(traded(*tids))
        recorder.flush()
    recorder.take(Traded(NOON, "BTC", [wires.trade(900, NOON + 30_000, side="A", sz="7.25")]))
    recorder.flush()
    rows = [((m.time - NOON) // MINUTE, m.trades, m.bought, m.sold) for m in TradeMinute.objects.order_by("time")]
    assert rows == [
        (0, 5, Decimal("0.4"), Decimal("7.25")),
        (1, 2, Decimal("0.2"), Decimal(0)),
        (3, 1, Decimal("0.1"), Decimal(0)),
    ]
    assert TradeMinute.objects.get(time=NOON).turnover == Decimal("84143.0") * Decimal("7.65")


def test_names_with_the_databases_own_signs_in_them_are_stored_as_they_are(market):
    name = "a\\N\tb\\.\n\rc"
    recorder = Recorder(market, ManualClock(NOON), [name])
    recorder.take(traded(1, 2, coin=name))
    recorder.flush()
    assert set(TradeSnapshot.objects.values_list("coin", flat=True)) == {name}


# Accounts ------------------------------------------------------------------------------------


def test_rows_of_accounts_are_stored_once_by_whichever_way_they_come(recorder):
    fills = [wires.fill(tid=number) for number in range(3)]
    slices = [TwapSlice(wires.fill(tid=9), 77)]
    for _ in range(2):
        recorder.take(said.UserFills(NOON, ALICE, fills, False))
        recorder.take(said.UserFills(NOON, ALICE, [*fills, wires.fill(tid=3)], True))
        recorder.take(said.UserFills(NOON, BOB, fills, False))
        recorder.take(said.TwapSlices(NOON, ALICE, slices, False))
        recorder.take(said.UserFundings(NOON, ALICE, [wires.funding()], False))
        recorder.take(said.LedgerUpdates(NOON, ALICE, [wires.ledger()], False))
        recorder.take(said.HistoricalOrders(NOON, ALICE, [wires.order(), wires.order(2, "open")], True))
        recorder.flush()
    assert Fill.objects.filter(account__address=ALICE).count() == 5
    assert Fill.objects.filter(account__address=BOB).count() == 3
    assert Fill.objects.get(tid=9).twap_id == 77
    counts = [model.objects.count() for model in (FundingPayment, CashFlow, ClosedOrder)]
    assert counts == [1, 1, 1]
    assert recorder.written == 11


def test_the_later_word_on_an_order_counts_in_whatever_order_it_comes(recorder):
    first, second = wires.order(1, "canceled", NOON), wires.order(1, "filled", NOON + 5)
    for words in ([first, second], [second, first], [first], [second]):
        recorder.take(said.HistoricalOrders(NOON, ALICE, words, True))
        recorder.flush()
    assert [(row.status, row.time) for row in ClosedOrder.objects.all()] == [("filled", NOON + 5)]


def test_what_the_tracker_has_read_is_covered_and_what_it_missed_a_gap(recorder):
    stream = f"fills:{ALICE}"
    recorder.take(said.Covered(NOON, stream, NOON, NOON + 9000))
    recorder.take(Gap(NOON, stream, NOON + 2000, NOON + 2999, "more than the exchange keeps"))
    recorder.flush()
    assert known(stream, 9) == [(0, 2, "covered"), (2, 3, "gap"), (3, 9, "covered")]


def test_positions_are_written_each_minute_in_which_they_changed(recorder):
    for second in range(0, 181, 5):
        size = "1.0" if second < 60 else "2.0"
        recorder.take(states(size, NOON + second * 1000))
    recorder.flush()
    assert sizes() == [(0, "1.0"), (1, "2.0")]


def test_positions_are_written_at_each_fill_by_the_first_state_after_it(recorder):
    recorder.take(states("1.0", NOON))
    recorder.take(said.UserFills(NOON + 6000, ALICE, [wires.fill(NOON + 6000)], False))
    recorder.take(states("1.0", NOON + 5000))
    recorder.take(states("3.0", NOON + 10_000))
    recorder.take(states("4.0", NOON + 15_000))
    recorder.flush()
    assert [szi for _, szi in sizes()] == ["1.0", "3.0"]


def test_positions_are_written_at_least_every_quarter_of_an_hour(recorder):
    for minute in range(46):
        recorder.take(states("1.0", NOON + minute * MINUTE))
    recorder.flush()
    times = [time for time, _ in sizes()]
    assert len(times) == 4
    assert max(b - a for a, b in pairwise(times)) <= 15


def test_a_position_that_closed_is_written_as_zero(recorder):
    recorder.take(states("1.0", NOON))
    recorder.take(states("0", NOON + MINUTE))
    recorder.take(states("0", NOON + 2 * MINUTE))
    recorder.flush()
    assert sizes() == [(0, "1.0"), (1, "0")]


def test_a_position_that_closed_while_nobody_recorded_is_written_as_zero(recorder, market):
    recorder.take(states("1.0", NOON))
    recorder.flush()
    later = Recorder(market, ManualClock(NOON))
    later.take(states("0", NOON + 9 * MINUTE))
    later.flush()
    assert sizes() == [(0, "1.0"), (9, "0")]


def test_an_old_state_is_never_written(recorder):
    old = said.AccountStates(NOON + 5 * MINUTE, ALICE, [("", state(at=NOON))], True)
    recorder.take(old)
    recorder.take(states("2.0", NOON + 9 * MINUTE))
    recorder.take(said.AccountStates(NOON + 11 * MINUTE, ALICE, [("", state("3.0", NOON + 9 * MINUTE))], True))
    recorder.flush()
    assert sizes() == [(9, "2.0")]


def test_equity_is_worked_out_line_by_line(recorder, market):
    market.apply(Mids(NOON, "", {"@107": Decimal("40.0")}))
    recorder.take(said.AccountMode(NOON, ALICE, "default"))
    recorder.take(balances(USDC="10.5", HYPE="2.0"))
    recorder.take(states(at=NOON - MINUTE))  # what is in vaults was not said yet
    recorder.take(said.VaultDeposits(NOON, ALICE, [VaultEquity(BOB, Decimal("7.25"))]))
    recorder.take(states())
    recorder.flush()
    row = EquitySnapshot.objects.get()
    assert (row.equity, row.mode, row.time, row.received_at) == (Decimal("197.75"), "default", NOON, NOON + 50)
    assert row.lines[2] == ["spot", "HYPE", "80.00", "2.0 HYPE at $40.0", "HYPE", "2.0", "40.0"]
    assert [line[:3] for line in row.lines] == [
        ["perp", "", "100.0"],
        ["spot", "USDC", "10.5"],
        ["spot", "HYPE", "80.00"],
        ["vault", BOB, "7.25"],
    ]
    assert (row.unrealized_pnl, row.margin_used, row.notional) == (Decimal("2.5"), Decimal(5), Decimal(50))


def test_an_unknown_mode_has_no_equity_and_says_why(recorder):
    recorder.take(said.AccountMode(NOON, ALICE, "brandNew"))
    recorder.take(said.VaultDeposits(NOON, ALICE, []))
    recorder.take(balances(USDC="10.5"))
    recorder.take(states())
    recorder.flush()
    row = EquitySnapshot.objects.get()
    assert row.equity is None
    assert "brandNew" in row.reason


def test_equity_is_not_made_of_old_balances_or_prices(recorder, market):
    recorder.take(said.AccountMode(NOON, ALICE, "default"))
    recorder.take(said.VaultDeposits(NOON, ALICE, []))
    recorder.take(states(at=NOON))
    recorder.take(balances(at=NOON, USDC="10.5", HYPE="2.0"))
    recorder.take(states(at=NOON + MINUTE))
    market.apply(Mids(NOON + MINUTE, "", {"@107": Decimal("40.0")}))
    recorder.take(states(at=NOON + 5 * MINUTE))
    recorder.take(balances(at=NOON + 6 * MINUTE, USDC="10.5", HYPE="2.0"))
    recorder.take(states(at=NOON + 6 * MINUTE))
    recorder.flush()
    assert not EquitySnapshot.objects.exists()
    market.apply(Mids(NOON + 7 * MINUTE, "", {"@107": Decimal("40.0")}))
    recorder.take(states(at=NOON + 7 * MINUTE))
    recorder.flush()
    assert EquitySnapshot.objects.get().equity == Decimal("190.5")


# The database --------------------------------------------------------------------------------


def test_while_the_database_is_away_everything_waits_in_order(recorder, monkeypatch):
    recorder.take(traded(1, 2, 3))
    recorder.take(said.UserFills(NOON, ALICE, [wires.fill()], False))

    def away() -> None:
        raise OperationalError("the server closed the connection")

    recorder.guard = away
    recorder.flush()
    assert "away" in recorder.error
    recorder.take(traded(4, 5))
    recorder.flush()
    recorder.guard = record.nobody_else
    recorder.flush()
    recorder.flush()
    assert (stored(), Fill.objects.count(), recorder.error) == ([1, 2, 3, 4, 5], 1, "")


def test_a_writer_that_was_replaced_writes_nothing(recorder):
    class Replaced(Exception):
        pass

    def guard() -> None:
        raise Replaced

    recorder.guard = guard
    recorder.take(traded(1, 2, 3))
    recorder.take(said.UserFills(NOON, ALICE, [wires.fill()], False))
    with pytest.raises(Replaced):
        recorder.flush()
    assert (stored(), Fill.objects.count(), known()) == ([], 0, [(0, 40, "before")])


def test_one_piece_that_cannot_be_stored_takes_nothing_else_with_it(recorder):
    bad = Decimal("NaN")
    recorder.take(said.UserFills(NOON, ALICE, [wires.fill(tid=1)], False))
    recorder.take(said.UserFills(NOON, ALICE, [wires.fill(tid=2, px=bad)], False))
    recorder.take(said.UserFills(NOON, ALICE, [wires.fill(tid=3)], False))
    recorder.take(said.Covered(NOON, f"fills:{ALICE}", NOON, NOON + 9000))
    recorder.flush()
    assert sorted(Fill.objects.values_list("tid", flat=True)) == [1, 3]
    assert recorder.refused == 1
    assert coverage.spans(f"fills:{ALICE}", NOON, NOON + 9000) == [
        Span(NOON, NOON + 9000, "gap", "a part could not be stored"),
    ]


def test_new_rows_mark_the_days_of_their_account_alone(recorder):
    recorder.take(said.UserFills(NOON, ALICE, [wires.fill(tid=1)], False))
    recorder.take(said.UserFills(NOON, BOB, [wires.fill(tid=1)], False))
    recorder.flush()
    assert not DayBook.objects.exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_trades_that_repeat_take_the_detour_and_still_count_right(recorder, market):
    recorder.take(traded(*range(1, 50)))
    recorder.flush()
    for _ in range(2):
        other = Recorder(market, ManualClock(NOON))
        other.take(traded(*range(30, 70)))
        other.flush()
    assert stored() == list(range(1, 70))
    assert connection.vendor == "postgresql"
