"""Results by day, week and month of any zone, by coin, dex and wallet."""

import itertools
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snapshots.pnl.entries import entries, sum_by
from snapshots.pnl.executions import executions
from snapshots.pnl.periods import calendar, changes, midnight, periods
from snapshots.pnl.trips import round_trips
from tests.snapshots.pnl.rows import CALM, HOUR, PAIRS, D, Trader, funding

BERLIN, NEW_YORK, TOKYO = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Asia/Tokyo"))


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def nets(rows, zone, **options) -> dict[str, object]:
    return {period.first.isoformat(): sums.net for period, sums in calendar(rows, ZoneInfo(zone), **options)}


def test_funding_across_midnight_falls_on_the_day_of_the_readers_zone():
    rows = entries([], [funding("BTC", amount, ms(at)) for amount, at in [
        (-1, "2026-01-09T22:00"), (-2, "2026-01-09T23:00"), (-4, "2026-01-10T00:00"), (-8, "2026-01-10T05:00"),
    ]])  # fmt: skip
    assert nets(rows, "UTC") == {"2026-01-09": D(-3), "2026-01-10": D(-12)}
    assert nets(rows, "Europe/Berlin") == {"2026-01-09": D(-1), "2026-01-10": D(-14)}
    assert nets(rows, "America/New_York") == {"2026-01-09": D(-7), "2026-01-10": D(-8)}
    assert nets(rows, "Asia/Tokyo") == {"2026-01-10": D(-15)}


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        (BERLIN, "2026-03-29", 23),
        (BERLIN, "2026-10-25", 25),
        (BERLIN, "2026-03-30", 24),
        (NEW_YORK, "2026-11-01", 25),
    ],
)
def test_a_day_on_which_clocks_change_has_23_or_25_hours(zone, day, hours):
    start = midnight(date.fromisoformat(day), zone)
    (period,) = periods(start, start + HOUR, zone)
    assert (period.first.isoformat(), period.start, period.hours) == (day, start, hours)


def test_every_hour_of_a_25_hour_day_belongs_to_it_and_none_of_its_neighbours():
    start = midnight(date(2026, 10, 25), BERLIN)
    rows = entries([], [funding("BTC", 1, start + hour * HOUR) for hour in range(-1, 26)])
    assert nets(rows, "Europe/Berlin") == {"2026-10-24": D(1), "2026-10-25": D(25), "2026-10-26": D(1)}


def test_where_midnight_is_skipped_the_day_begins_when_the_clocks_jump():
    assert midnight(date(2018, 11, 4), ZoneInfo("America/Sao_Paulo")) == ms("2018-11-04T03:00")


@CALM
@given(
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.sampled_from(["day", "week", "month"]),
    st.integers(1_400_000_000_000, 1_900_000_000_000),
    st.integers(0, 200 * 24 * HOUR),
)
def test_periods_follow_on_each_other_without_hole_or_overlap(zone, unit, since, length):
    found = periods(since, since + length, ZoneInfo(zone), unit)
    assert found[0].start <= since < found[0].end
    assert found[-1].start <= since + length < found[-1].end
    assert all(before.end == after.start for before, after in itertools.pairwise(found))
    assert all(datetime.fromtimestamp(p.start / 1000, ZoneInfo(zone)).date() == p.first for p in found)
    if unit == "week":
        assert all(period.first.weekday() == 0 for period in found)
    if unit == "month":
        assert all(period.first.day == 1 for period in found)


def test_quiet_days_are_shown_with_nothing_on_them():
    rows = entries([], [funding("BTC", 1, ms("2026-01-01T10:00")), funding("BTC", 2, ms("2026-01-03T10:00"))])
    assert nets(rows, "UTC", until=ms("2026-01-04T01:00")) == {
        "2026-01-01": D(1), "2026-01-02": D(0), "2026-01-03": D(2), "2026-01-04": D(0),
    }  # fmt: skip
    assert calendar([], BERLIN) == []


def traded() -> Trader:
    trader = Trader(ms("2026-01-31T22:00"))
    trader.buy("BTC", 2, 100, fee=1)
    trader.sell("BTC", 1, 110, fee=1, at=ms("2026-01-31T22:30"))
    trader.sell("BTC", 1, 90, fee=1, at=ms("2026-01-31T23:30"))
    trader.buy("flx:TSLA", 1, 400, fee=2, fee_token="USDH", at=ms("2026-02-01T12:00"))
    trader.sell("flx:TSLA", 1, 420, fee=2, fee_token="USDH", at=ms("2026-02-02T12:00"))
    return trader


def test_price_profit_is_of_the_day_on_which_it_was_realised():
    rows = entries(executions(traded().fills))
    rates = {"USDC": D(1), "USDH": D("0.5")}.get
    assert nets(rows, "Europe/Berlin", rate_of=rates) == {
        "2026-01-31": D(8), "2026-02-01": D(-12), "2026-02-02": D(9),
    }  # fmt: skip
    assert nets(rows, "Europe/Berlin", unit="month", rate_of=rates) == {"2026-01-01": D(8), "2026-02-01": D(-3)}
    assert nets(rows, "Europe/Berlin", unit="week", rate_of=rates) == {"2026-01-26": D(-4), "2026-02-02": D(9)}


def test_results_by_coin_dex_and_wallet_with_fees_volume_and_funding():
    rows = [
        *entries(executions(traded().fills), [funding("flx:TSLA", -1, 5)], "0xa", {"": "USDC", "flx": "USDH"}.get),
        *entries(executions(traded().fills[:3]), wallet="0xb"),
    ]
    rates = {"USDC": D(1), "USDH": D("0.5")}.get
    by_coin = sum_by(rows, lambda entry: entry.coin, rates)
    assert {coin: (s.price, s.fees, s.funding, s.volume) for coin, s in by_coin.items()} == {
        "BTC": (D(0), D(6), D(0), D(800)),
        "flx:TSLA": (D(10), D(2), D("-0.5"), D(410)),
    }
    assert {dex: sums.net for dex, sums in sum_by(rows, lambda entry: entry.dex, rates).items()} == {
        "": D(-6), "flx": D("7.5"),
    }  # fmt: skip
    assert {w: s.net for w, s in sum_by(rows, lambda entry: entry.wallet, rates).items()} == {
        "0xa": D("4.5"), "0xb": D(-3),
    }  # fmt: skip


def test_money_without_a_price_is_named_and_not_counted_as_dollars():
    sums = sum_by(entries(executions(traded().fills)), lambda entry: "all")["all"]
    assert sums.net == D(-3)
    assert sums.unpriced == {"USDH"}


@CALM
@given(st.lists(st.tuples(st.integers(-4, 4).filter(bool), st.integers(50, 150)), min_size=1, max_size=40))
def test_days_and_trips_add_up_to_the_same_money(moves):
    trader = Trader()
    for number, (move, price) in enumerate(moves):
        coin = ("BTC", "@107")[number % 2] if move > 0 or trader.held["@107"] >= -move else "BTC"
        token = "HYPE" if coin == "@107" and move > 0 else "USDC"
        act = trader.buy if move > 0 else trader.sell
        act(coin, abs(move), price, fee="0.01", fee_token=token, at=number * 7 * HOUR)
    rows = executions(trader.fills, pairs=PAIRS)
    by_day = calendar(entries(rows), NEW_YORK)
    trips = round_trips(rows)
    known = [trip.price_pnl or D(0) for trip in trips]
    assert abs(sum(sums.price for _, sums in by_day) - sum(known)) < D("1e-15")
    assert abs(sum(sums.fees for _, sums in by_day) - sum(trip.fees for trip in trips)) < D("1e-15")


def test_a_sampled_value_changes_by_its_last_sample_at_both_ends_and_not_by_a_stale_one():
    (first, second, third) = periods(ms("2026-01-01T00:00"), ms("2026-01-03T00:00"), ZoneInfo("UTC"))
    points = [
        (first.start - 1000, D(10)), (first.start + HOUR, D(50)), (first.end - 60_000, D(15)),
        (second.end, D(12)), (third.start + HOUR, D(99)),
    ]  # fmt: skip
    assert changes(points, [first, second, third], oldest=20 * 60_000) == [D(5), D(-3), None]
