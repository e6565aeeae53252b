"""CVD: the sum of the stored trades to the last digit, from where the record begins, with its holes."""

from decimal import Decimal

import pytest

from snapshots import coverage
from snapshots.minutes import MINUTE, sum_minutes
from snapshots.models import TradeSnapshot
from snapshots.models.trade import COLUMNS
from snapshots.pressure import Pressure, pressure_of
from tests.snapshots import wires
from tests.snapshots.wires import NOON

pytestmark = pytest.mark.django_db
STREAM = "trades:BTC"


def record(*trades: tuple[int, str, str], coin: str = "BTC") -> None:
    """Trades as (ms after NOON, side, size), stored as the recorder does."""
    kept = [wires.trade(n, NOON + time, coin, side, sz) for n, (time, side, sz) in enumerate(trades)]
    rows = [dict(zip(COLUMNS, TradeSnapshot.values_of(one, NOON), strict=True)) for one in kept]
    TradeSnapshot.objects.bulk_create(TradeSnapshot(**row) for row in rows)
    sum_minutes((coin, one.time) for one in kept)


def found(minutes: int = 60) -> Pressure | None:
    return pressure_of("BTC", NOON - 10 * MINUTE, NOON + minutes * MINUTE)


def test_bought_and_sold_are_the_sums_of_the_trades():
    record((0, "B", "0.1"), (1, "A", "0.30000000001"), (MINUTE, "B", "2"), (MINUTE + 5, "A", "0.5"))
    coverage.cover(STREAM, NOON, NOON + MINUTE, NOON)
    cvd = found()
    assert (cvd.bought, cvd.sold) == (Decimal("2.1"), Decimal("0.80000000001"))
    assert cvd.delta == Decimal("1.29999999999")
    assert cvd.until == NOON + MINUTE + 5
    assert [step.time for step in cvd.steps] == [NOON, NOON + MINUTE]


def test_what_comes_after_is_not_counted_and_another_coin_neither():
    record((0, "B", "1"), (2 * MINUTE, "B", "5"))
    record((0, "A", "100"), coin="ETH")
    coverage.cover(STREAM, NOON, NOON + MINUTE, NOON)
    assert found(minutes=1).delta == 1
    assert pressure_of("BTC", NOON, NOON + MINUTE + 1).delta == 1


def test_it_begins_where_the_record_begins():
    record((0, "B", "1"), (MINUTE, "A", "2"), (2 * MINUTE, "A", "4"))
    coverage.cover(STREAM, NOON + MINUTE, NOON + 2 * MINUTE, NOON)
    cvd = found()
    assert (cvd.since, cvd.delta) == (NOON + MINUTE, -6)
    assert cvd.asked == NOON - 10 * MINUTE
    assert cvd.proved == NOON + 2 * MINUTE
    assert not cvd.holes


def test_a_record_that_was_interrupted_before_the_time_begins_where_it_goes_on():
    record((-9 * MINUTE, "B", "8"), (0, "B", "1"), (MINUTE, "B", "1"))
    coverage.cover(STREAM, NOON - 90 * MINUTE, NOON - 60 * MINUTE, NOON)
    coverage.cover(STREAM, NOON, NOON + MINUTE, NOON)
    assert (found().since, found().delta, found().holes) == (NOON, 2, [])


def test_before_anything_is_claimed_the_first_minute_is_not_taken_for_whole():
    record((30_000, "B", "1"))
    assert found() is None
    record((MINUTE + 1, "A", "2"))
    cvd = found()
    assert (cvd.since, cvd.delta, cvd.proved) == (NOON + MINUTE, -2, NOON + MINUTE)


def test_gaps_and_times_of_which_nothing_is_known_are_holes():
    record((0, "B", "1"), (9 * MINUTE, "B", "1"), (10 * MINUTE, "B", "1"))
    coverage.cover(STREAM, NOON - 30 * MINUTE, NOON + MINUTE, NOON)
    coverage.gap(STREAM, NOON + 2 * MINUTE, NOON + 4 * MINUTE, "nobody was listening", NOON)
    coverage.cover(STREAM, NOON + 4 * MINUTE, NOON + 9 * MINUTE, NOON)
    cvd = found()
    assert cvd.since == cvd.asked
    assert [(hole.start - NOON, hole.end - NOON, hole.state) for hole in cvd.holes] == [
        (MINUTE, 2 * MINUTE, "unknown"),
        (2 * MINUTE, 4 * MINUTE, "gap"),
    ]
    assert cvd.proved == NOON + 9 * MINUTE


def test_a_coin_without_stored_trades_has_none():
    assert pressure_of("ETH", NOON, NOON + MINUTE) is None


def test_it_takes_three_queries_however_long(django_assert_num_queries):
    record(*((n * 1000, "B", "1") for n in range(300)))
    with django_assert_num_queries(3):
        assert found().delta == 240  # the first minute does not count: nothing is claimed yet
