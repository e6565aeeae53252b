"""The exchange's own PnL between two moments, as far as its samples allow."""

from exchange.wire.profile import History
from snapshots.pnl.said import latest, pnl_between
from tests.snapshots.pnl.rows import HOUR, D


def history(*points: tuple[int, int]) -> History:
    pnl = [(hour * HOUR, D(value)) for hour, value in points]
    return History(account_value_history=[], pnl_history=pnl)


PORTFOLIO = [
    ("day", history((100, 0), (102, 5), (104, 3))),
    ("week", history((50, 0), (90, 7), (104, 20))),
    ("perpDay", history((0, 0), (1000, 999))),
]


def test_the_finest_window_that_has_both_moments_answers():
    assert pnl_between(PORTFOLIO, 100 * HOUR, 104 * HOUR, within=0) == D(3)
    assert pnl_between(PORTFOLIO, 90 * HOUR, 104 * HOUR, within=0) == D(13)


def test_the_nearest_sample_counts_and_none_that_is_too_far():
    assert pnl_between(PORTFOLIO, 101 * HOUR + 1, 104 * HOUR + 60_000, within=HOUR) == D(-2)
    assert pnl_between(PORTFOLIO, 96 * HOUR, 104 * HOUR, within=HOUR) is None
    assert pnl_between([], 0, 1, within=HOUR) is None


def test_a_curve_ends_at_the_moment_of_asking():
    assert latest(PORTFOLIO, "week") == (104 * HOUR, D(20))
    assert latest([("allTime", History([], []))]) is None
    assert latest([]) is None
