"""Returns and drawdowns, worked out by hand; deposits and withdrawals are neither."""

from hypothesis import given
from hypothesis import strategies as st

from snapshots.pnl.returns import dietz, growth, max_drawdown
from tests.snapshots.pnl.rows import CALM, D


def points(*values: object) -> list[tuple[int, object]]:
    return [(number * 10, D(str(value))) for number, value in enumerate(values)]


def test_a_flow_counts_for_the_time_that_it_was_there():
    # 100 grows by 20 while 80 more are there for a quarter of the time: 20 / (100 + 80 / 4)
    assert dietz((0, D(100)), (40, D(200)), [(30, D(80))]) == D(20) / D(120)


def test_a_flow_at_the_very_start_is_in_the_first_sample_already():
    assert dietz((0, D(100)), (40, D(110)), [(0, D(100))]) == D("0.1")


def test_without_capital_there_is_no_return():
    assert dietz((0, D(0)), (10, D(5))) is None
    assert dietz((0, D(100)), (10, D(0)), [(1, D(-200))]) is None


def test_stretches_are_linked_so_that_a_late_deposit_does_not_water_down_what_came_before():
    # doubles, then 1000 come in, then nothing is earned: the return is 100 %, not 9 %
    samples = points(100, 200, 1200, 1200)
    assert growth(samples, [(-5, D(100)), (20, D(1000))]) == [1, 2, 2, 2]


def test_an_empty_account_that_is_filled_starts_to_count_with_the_money():
    samples = points(0, 0, 100, 110)
    assert growth(samples, [(15, D(100))])[-1] == D("1.1")


def test_a_wiped_out_account_lost_all_and_no_more():
    assert growth(points(100, -20, 50), [(15, D(70))])[-1] == 0


def test_a_withdrawal_is_no_drawdown():
    assert max_drawdown(growth(points(100, 150, 50, 50), [(20, D(-100))])) == 0


def test_a_drawdown_is_a_share_of_its_own_peak_however_much_came_in_since():
    # falls from 100 to 50 and comes back, then 900 come in and it falls from 1000 to 800
    assert max_drawdown(growth(points(100, 50, 100, 1000, 800), [(30, D(900))])) == D("0.5")
    assert max_drawdown(growth(points(100, 80, 120, 90, 130))) == D("0.25")


def test_nothing_known_is_no_growth_and_no_drawdown():
    assert growth([]) == []
    assert growth(points(100)) == [1]
    assert max_drawdown([]) == 0


@CALM
@given(
    st.lists(st.integers(-90, 100), min_size=1, max_size=20),
    st.lists(st.integers(1, 10_000), min_size=20, max_size=20),
)
def test_with_samples_at_every_flow_the_return_is_the_true_one_whatever_flowed(percents, deposits):
    equity, samples, flows, true = D(1000), [(0, D(1000))], [], D(1)
    for number, percent in enumerate(percents):
        at = (number + 1) * 100
        equity *= 1 + D(percent) / 100
        true *= 1 + D(percent) / 100
        samples.append((at - 1, equity))  # just before the flow, and just after it
        equity += deposits[number]
        flows.append((at, D(deposits[number])))
        samples.append((at, equity))
    assert abs(growth(samples, flows)[-1] - true) < D("1e-15")
