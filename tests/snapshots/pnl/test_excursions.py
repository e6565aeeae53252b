"""How far a trip went for and against its owner: only what certainly happened while it lasted."""

from hypothesis import given
from hypothesis import strategies as st

from exchange.wire.market import Candle
from snapshots.pnl.excursions import Excursion, excursion
from snapshots.pnl.executions import executions
from snapshots.pnl.trips import round_trips
from tests.snapshots.pnl.rows import CALM, D, Trader

MINUTE = 60_000


def candle(minute: int, low: object, high: object) -> Candle:
    t = minute * MINUTE
    return Candle(t, t + MINUTE - 1, "BTC", "1m", D(str(low)), D(str(high)), D(str(high)), D(str(low)), D(1), 1)


def trip(trader: Trader):
    (found,) = round_trips(executions(trader.fills))
    return found


def test_a_long_that_dipped_and_soared_before_it_was_closed():
    trader = Trader()
    trader.buy("BTC", 2, 100, at=30_000)
    trader.sell("BTC", 2, 104, at=4 * MINUTE + 30_000)
    candles = [candle(0, 1, 999), candle(1, 95, 101), candle(2, 97, 120), candle(3, 99, 105), candle(4, 1, 999)]
    assert excursion(trip(trader), candles) == Excursion(D(-10), D(40), 3)


def test_a_short_is_the_other_way_round():
    trader = Trader()
    trader.sell("BTC", 1, 100, at=0)
    trader.buy("BTC", 1, 100, at=2 * MINUTE)
    assert excursion(trip(trader), [candle(0, 90, 101), candle(1, 95, 130)]) == Excursion(D(-30), D(10), 2)


def test_what_was_realised_before_counts_and_a_candle_in_which_the_position_changed_does_not():
    trader = Trader()
    trader.buy("BTC", 2, 100, at=0)
    trader.sell("BTC", 1, 110, at=MINUTE + 1)  # 10 realised
    trader.sell("BTC", 1, 100, at=3 * MINUTE)
    candles = [candle(0, 99, 102), candle(1, 1, 999), candle(2, 70, 105)]
    assert excursion(trip(trader), candles) == Excursion(D(-20), D(20), 2)  # 10 - 30; 10 + 10 at the sale


def test_without_candles_the_fills_prices_still_count():
    trader = Trader()
    trader.buy("BTC", 1, 100)
    trader.buy("BTC", 1, 90)
    trader.sell("BTC", 2, 120)
    assert excursion(trip(trader), []) == Excursion(D(-10), D(50), 0)


def test_an_open_trip_counts_all_candles_since():
    trader = Trader()
    trader.buy("BTC", 1, 100, at=0)
    assert excursion(trip(trader), [candle(0, 98, 101), candle(1, 80, 102)]) == Excursion(D(-20), D(2), 2)


def test_a_cut_off_trip_has_none():
    trader = Trader()
    trader.held["BTC"] = D(2)
    trader.sell("BTC", 1, 100)
    assert excursion(trip(trader), [candle(0, 1, 999)]) is None


@CALM
@given(
    st.lists(st.tuples(st.integers(-3, 3).filter(bool), st.integers(50, 150)), min_size=2, max_size=12),
    st.lists(st.tuples(st.integers(50, 150), st.integers(0, 30)), max_size=20),
)
def test_a_trips_result_lies_between_its_excursions(moves, bars):
    trader = Trader()
    for number, (move, price) in enumerate(moves):
        (trader.buy if move > 0 else trader.sell)("BTC", abs(move), price, at=number * MINUTE + 7)
    candles = [candle(number, low, low + more) for number, (low, more) in enumerate(bars)]
    for found in round_trips(executions(trader.fills)):
        if found.closed is not None:
            seen = excursion(found, candles)
            assert seen.adverse <= found.price_pnl <= seen.favourable
            assert seen.adverse <= 0 <= seen.favourable
