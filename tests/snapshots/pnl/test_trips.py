"""Round trips, each scenario worked out by hand."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshots.pnl.executions import executions
from snapshots.pnl.trips import Trip, round_trips
from tests.snapshots.pnl.closed import check
from tests.snapshots.pnl.rows import CALM, HOUR, OTHER, OWNER, PAIRS, D, Trader, as_slice, funding, liquidation


def trips(trader: Trader, fundings=(), slices=()) -> list[Trip]:
    return round_trips(executions(trader.fills, slices, OWNER, PAIRS), fundings)


def test_a_long_that_was_built_in_two_steps_and_closed_in_two():
    trader = Trader()
    trader.buy("BTC", 1, 100, fee="0.05")
    trader.buy("BTC", 3, 120, fee="0.18")
    trader.sell("BTC", 2, 130, fee="0.13")
    trader.sell("BTC", 2, 110, fee="0.11")
    (trip,) = trips(trader, [funding("BTC", "-0.4", 2500)])
    assert (trip.side, trip.entry, trip.exit) == ("long", D(115), D(120))  # 460/4, (260 + 220)/4
    assert (trip.size, trip.peak) == (D(4), D(4))
    assert trip.price_pnl == D(20)  # 480 - 460
    assert trip.fees == D("0.47")
    assert trip.net == D("19.13")  # 20 - 0.47 - 0.4
    assert (trip.opened, trip.closed, trip.duration) == (1000, 4000, 3000)
    assert trip.is_whole


def test_a_partial_close_realises_its_part_at_the_average_entry_and_leaves_the_trip_open():
    trader = Trader()
    trader.sell("ETH", 4, 50)
    trader.sell("ETH", 4, 60)
    trader.buy("ETH", 2, 45)
    (trip,) = trips(trader)
    assert (trip.side, trip.closed, trip.entry) == ("short", None, D(55))
    assert trip.price_pnl == D(20)  # (55 - 45) x 2
    assert [part.gain for part in trip.parts] == [0, 0, D(20)]
    assert trip.peak == D(8)
    assert not trip.is_whole


def test_a_flip_ends_one_trip_and_begins_the_next_and_shares_the_fee_by_size():
    trader = Trader()
    trader.buy("SOL", 10, 20, fee=1)
    trader.sell("SOL", 15, 22, fee=3, dir="Long > Short", builder_fee=D("0.3"))
    trader.buy("SOL", 5, 21, fee=1)
    long, short = trips(trader)
    assert (long.side, long.price_pnl, long.fees, long.net) == ("long", D(20), D(3), D(17))
    assert (short.side, short.price_pnl, short.fees, short.net) == ("short", D(5), D(2), D(3))
    assert (long.builder_fees, short.builder_fees) == (D("0.2"), D("0.1"))
    assert long.closed == short.opened == 2000


def test_the_fees_of_a_builder_are_inside_the_fee_and_shown_besides():
    trader = Trader()
    trader.buy("BTC", 1, 100, fee="0.1", builder_fee=D("0.04"))
    trader.sell("BTC", 1, 100, fee="0.1", builder_fee=D("0.04"))
    (trip,) = trips(trader)
    assert (trip.fees, trip.builder_fees, trip.net) == (D("0.2"), D("0.08"), D("-0.2"))


def test_rebates_are_negative_fees():
    trader = Trader()
    trader.buy("BTC", 1, 100, fee="-0.01")
    trader.sell("BTC", 1, 100, fee="-0.01")
    (trip,) = trips(trader)
    assert trip.net == D("0.02")


def test_a_trip_cut_off_at_the_beginning_of_the_record_learns_its_entry_from_the_exchange():
    trader = Trader()
    trader.held["BTC"] = D(4)
    trader.buy("BTC", 1, 150)
    trader.sell("BTC", 2, 140, closed=60)  # so the average entry was 110, of 4 at 100 and 1 at 150
    trader.sell("BTC", 3, 120, closed=30)
    (trip,) = trips(trader, [funding("BTC", "-5", 10), funding("BTC", "-1", 3000)])
    assert trip.cut_off
    assert not trip.is_whole
    assert trip.entry == D(110)
    assert trip.price_pnl == D(90)
    assert trip.funding == D(-6)  # also what was paid before the first fill that is known


def test_a_cut_off_trip_that_closed_nothing_yet_has_no_profit_that_could_be_known():
    trader = Trader()
    trader.held["BTC"] = D(4)
    trader.buy("BTC", 1, 150)
    (trip,) = trips(trader)
    assert (trip.price_pnl, trip.net, trip.entry, trip.exit) == (None, None, None, None)


def test_missing_fills_are_a_hole_and_not_a_wrong_profit():
    trader = Trader()
    trader.buy("BTC", 1, 100)
    trader.held["BTC"] = D(3)  # two more were bought that nobody saw
    trader.sell("BTC", 3, 120, closed=33)
    (trip,) = trips(trader)
    assert trip.holes
    assert not trip.is_whole
    assert trip.entry is None
    assert trip.price_pnl == D(33)


def test_a_position_whose_end_nobody_saw_does_not_run_into_the_next_one():
    trader = Trader()
    trader.buy("BTC", 1, 100)
    trader.held["BTC"] = D(0)
    trader.buy("BTC", 2, 90)
    trader.sell("BTC", 2, 95)
    lost, whole = trips(trader, [funding("BTC", -1, 1500), funding("BTC", -2, 2500)])
    assert (lost.holes, lost.closed, lost.funding) == (True, None, D(-1))
    assert (whole.price_pnl, whole.is_whole, whole.funding) == (D(10), True, D(-2))


def test_the_victim_of_a_liquidation_is_marked_and_its_counterparty_is_not():
    trader = Trader()
    trader.buy("BTC", 1, 100)
    trader.sell("BTC", 1, 80, fee="0.04", liquidation=liquidation(OWNER))
    trader.buy("BTC", 1, 80, liquidation=liquidation(OTHER))
    trader.sell("BTC", 1, 85)
    victim, other = trips(trader)
    assert (victim.liquidated, victim.net) == (True, D("-20.04"))
    assert (other.liquidated, other.net) == (False, D(5))


def test_twap_slices_are_fills_of_the_same_trip():
    trader = Trader()
    slices = [as_slice(trader.buy("BTC", 1, price)) for price in (100, 102)]
    trader.fills.clear()
    trader.sell("BTC", 2, 105)
    (trip,) = trips(trader, slices=slices)
    assert (trip.price_pnl, trip.ways) == (D(8), {"twap", "order"})
    assert trip.is_whole


def test_a_spot_trip_counts_a_fee_in_coins_once():
    trader = Trader()
    trader.buy("@107", 10, 30, fee="0.01", fee_token="HYPE")  # holds 9.99, paid 0.30 in coins
    trader.sell("@107", "9.99", 40, fee="0.4")
    (trip,) = trips(trader)
    assert trip.price_pnl == D("99.90")  # 9.99 x (40 - 30)
    assert trip.fees == D("0.70")
    assert trip.net == D("99.20")  # 399.6 - 0.4 - 300: the money that came back


def test_spot_dust_ends_a_trip_and_begins_none():
    trader = Trader()
    trader.buy("PURR/USDC", 100, "0.5")
    trader.sell("PURR/USDC", 99, "0.6")  # 0.60 left
    trader.buy("PURR/USDC", 10, "0.5")
    trader.sell("PURR/USDC", 11, "0.5")
    first, second = trips(trader)
    assert (first.closed, first.price_pnl, first.cut_off) == (2000, D("9.9"), False)
    assert second.closed == 4000
    assert not second.cut_off


def test_selling_the_dust_belongs_to_the_trip_that_left_it():
    trader = Trader()
    trader.buy("PURR/USDC", 100, "0.5")
    trader.sell("PURR/USDC", 99, "0.6")
    trader.sell("PURR/USDC", 1, "0.4", dir="Spot Dust Conversion")
    (trip,) = trips(trader)
    assert (trip.side, trip.closed, trip.ways) == ("long", 2000, {"order", "dust"})
    assert trip.price_pnl == D("9.8")  # 9.9 - 0.1


def test_dust_that_is_sold_with_the_next_trip_goes_in_at_its_cost():
    trader = Trader()
    trader.buy("PURR/USDC", 100, "0.5")
    trader.sell("PURR/USDC", 99, "0.5")
    trader.buy("PURR/USDC", 9, "0.6")
    trader.sell("PURR/USDC", 10, "0.7")
    _, second = trips(trader)
    assert second.price_pnl == D("1.1")  # 7 - 9 x 0.6 - 1 x 0.5


def test_dust_from_before_the_record_is_no_short_position():
    trader = Trader()
    trader.held["PURR/USDC"] = D("0.7")
    trader.sell("PURR/USDC", "0.7", "0.4", dir="Spot Dust Conversion")
    (trip,) = trips(trader)
    assert (trip.side, trip.cut_off, trip.price_pnl) == ("long", True, D(0))


def test_spot_tokens_that_came_by_transfer_cut_a_trip_off():
    trader = Trader()
    trader.held["@107"] = D(50)
    trader.sell("@107", 20, 40, closed=200)
    (trip,) = trips(trader)
    assert (trip.cut_off, trip.entry, trip.price_pnl) == (True, D(30), D(200))


def test_funding_at_the_moment_of_a_flip_goes_to_the_side_that_paid_it():
    trader = Trader()
    trader.buy("BTC", 1, 100, at=HOUR - 10)
    trader.sell("BTC", 2, 100, at=HOUR)
    trader.buy("BTC", 1, 100, at=HOUR + 10)
    long, short = trips(trader, [funding("BTC", -3, HOUR, szi=1)])
    assert (long.funding, short.funding) == (D(-3), D(0))
    long, short = trips(trader, [funding("BTC", 3, HOUR, szi=-1)])
    assert (long.funding, short.funding) == (D(0), D(3))


def test_a_flip_at_the_beginning_of_the_record_makes_two_trips_with_keys_of_their_own():
    trader = Trader()
    trader.held["BTC"] = D(1)
    trader.sell("BTC", 3, 100, closed=7)
    long, short = trips(trader)
    assert (long.cut_off, long.price_pnl, short.cut_off, short.price_pnl) == (True, D(7), False, D(0))
    assert long.key != short.key


def test_the_key_of_a_trip_stays_when_later_fills_come():
    trader = Trader()
    trader.buy("BTC", 1, 100)
    (before,) = trips(trader)
    trader.sell("BTC", 1, 120)
    (after,) = trips(trader)
    assert before.key == after.key == "BTC|long|1000|101|1"


@CALM
@given(
    st.lists(st.tuples(st.integers(-4, 4).filter(bool), st.integers(50, 150)), min_size=1, max_size=60),
    st.sampled_from(["BTC", "xyz:TSLA"]),
)
def test_trips_share_out_every_fill_fee_and_cent(moves, coin):
    trader = Trader()
    for move, price in moves:
        (trader.buy if move > 0 else trader.sell)(coin, abs(move), price, fee="0.25")
    found = trips(trader)
    held = sum(move for move, _ in moves)
    assert abs(sum(trip.fees for trip in found) - D("0.25") * len(moves)) < D("1e-20")
    cash = sum(-move * price for move, price in moves)
    open_cost = next((t.entry * held for t in found if t.closed is None and t.size == abs(held)), None)
    if held == 0:
        assert sum(trip.price_pnl for trip in found) == cash  # exactly, though averages do not divide
    elif open_cost is not None:
        assert abs(sum(trip.price_pnl for trip in found) - (cash + open_cost)) < D("1e-18")
    assert sum(sum(part.move for part in trip.parts) for trip in found) == held
    assert all(trip.is_whole or trip.closed is None for trip in found)


numbers = st.integers(-3, 3).map(D) | st.decimals(-10, 10, allow_nan=False, allow_infinity=False, places=8)


@CALM
@given(
    st.lists(
        st.tuples(st.sampled_from(["BTC", "@107", "PURR/USDC", "#10"]), st.sampled_from("AB"), numbers,
                  numbers, numbers.map(abs), st.integers(0, 5), numbers),
        max_size=30,
    )
)  # fmt: skip
def test_whatever_the_record_lacks_nothing_breaks_and_no_fee_is_lost(rows):
    trader = Trader()
    for number, (coin, side, start, size, price, time, closed) in enumerate(rows):
        trader.held[coin] = start
        token = "HYPE" if number % 3 else "USDC"
        act = trader.buy if side == "B" else trader.sell
        act(coin, abs(size), price, at=time, closed=closed, fee=number, fee_token=token)
    for pairs in (PAIRS, None):
        rows = executions(trader.fills, pairs=pairs)
        found = round_trips(rows)
        assert abs(sum(trip.fees for trip in found) - sum(row.fee for row in rows)) < D("1e-15")
        assert sorted({part.execution.fill.oid for trip in found for part in trip.parts}) == sorted(
            fill.oid for fill in trader.fills
        )
        assert check(rows) is not None
        assert len({trip.key for trip in found}) == len(found)


@pytest.mark.parametrize("count", [10_000])
def test_the_longest_history_that_the_exchange_gives_is_cut_into_trips_in_one_go(count):
    trader = Trader()
    for number in range(count):
        (trader.buy if number % 4 < 2 else trader.sell)("BTC", 1, 100 + number % 7, fee="0.01")
    found = trips(trader)
    assert len(found) == count // 4
    assert sum(len(trip.parts) for trip in found) == count
    assert msgspec.json.encode(found[0].key)
