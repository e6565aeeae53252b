"""Win rate, profit factor and the rest, worked out by hand from three won, one lost and one even trip."""

from snapshots.pnl.executions import executions
from snapshots.pnl.statistics import statistics
from snapshots.pnl.trips import Trip, round_trips
from tests.snapshots.pnl.rows import D, Trader


def trip(trader: Trader, entry: int, exit_: int, coin: str = "BTC", **more) -> None:
    trader.buy(coin, 1, entry, **more)
    trader.sell(coin, 1, exit_, **more)


def trips() -> list[Trip]:
    trader = Trader()
    for entry, exit_ in ((100, 110), (100, 130), (100, 75), (100, 100), (100, 105)):
        trip(trader, entry, exit_)
    trader.buy("BTC", 1, 100)  # open: not counted
    trader.held["ETH"] = D(1)
    trader.sell("ETH", 1, 900, closed=500)  # cut off: not counted
    return round_trips(executions(trader.fills))


def test_figures_of_whole_trips():
    found = statistics(trips())
    assert (found.trips, found.won, found.lost, found.left_out) == (5, 3, 1, 2)
    assert found.net == D(20)  # 10 + 30 - 25 + 0 + 5
    assert found.win_rate == D("0.6")
    assert found.profit_factor == D("1.8")  # 45 / 25
    assert found.expectancy == D(4)
    assert (found.average_win, found.average_loss) == (D(15), D(-25))
    assert (found.largest_win, found.largest_loss) == (D(30), D(-25))
    assert found.average_duration == 1000


def test_fees_and_funding_decide_whether_a_trip_was_won():
    trader = Trader()
    trip(trader, 100, 101, fee="0.6")
    found = statistics(round_trips(executions(trader.fills)))
    assert (found.won, found.lost, found.net) == (0, 1, D("-0.2"))


def test_trips_in_other_money_are_converted_or_left_out():
    trader = Trader()
    trip(trader, 40, 50, "flx:TSLA", fee_token="USDH")
    found = round_trips(executions(trader.fills))
    assert statistics(found, {"USDH": D("0.5")}.get).net == D(5)
    assert (statistics(found).trips, statistics(found).left_out) == (0, 1)


def test_without_trips_there_are_no_rates_and_no_zeros_in_their_place():
    found = statistics([])
    assert (found.win_rate, found.profit_factor, found.expectancy) == (None, None, None)
    assert (found.average_win, found.average_loss, found.largest_win, found.average_duration) == (None,) * 4
