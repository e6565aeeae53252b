"""What a trail says of its window, beside the same computed from all points."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from alerts.figure import Seen
from alerts.trail import POINTS, Trail

D = Decimal


def test_nothing_is_said_before_the_whole_window_is_known():
    trail = Trail(10_000)
    for second in range(10):
        trail.add(second * 1000, D(100 + second))
        assert trail.change(D(200)) is None
    trail.add(10_000, D(110))
    assert trail.change(D(110)) == D(10)


def test_a_hole_in_the_data_empties_it():
    trail = Trail(10_000)
    for second in range(12):
        trail.add(second * 1000, D(100))
    trail.add(12_000, None)
    trail.add(13_000, D(100))
    assert trail.change(D(100)) is None
    assert trail.against_average(D(100)) is None


def test_a_spike_is_measured_against_the_average_of_the_window():
    trail = Trail(10_000)
    for second in range(11):
        trail.add(second * 1000, D(100))
    assert trail.against_average(D(250)) == D(150)


def test_a_window_of_a_week_keeps_a_bounded_number_of_points():
    trail = Trail(7 * 86_400_000)
    for second in range(0, 8 * 86_400, 60):
        trail.add(second * 1000, D(1))
    assert len(trail._points) <= POINTS + 1


@given(st.lists(st.tuples(st.integers(5000 // POINTS, 3000), st.integers(1, 1000)), min_size=1, max_size=60))
def test_the_value_of_then_is_the_last_one_at_least_a_window_old(steps):
    trail, past, now = Trail(5000), [], 0
    for gap, value in steps:
        now += gap
        past.append((now, D(value)))
        trail.add(now, D(value))
        old = [point for point in past if point[0] <= now - 5000]
        then = trail.known_since() if trail.change(D(1)) is not None else None
        assert bool(old) == (then is not None)
        if old:
            assert then == old[-1]


@given(
    st.lists(st.tuples(st.integers(1, 900), st.integers(1, 1000)), min_size=2, max_size=40),
    st.integers(0, 40),
)
def test_what_is_told_of_the_past_afterwards_makes_the_same_trail(steps, known_from):
    past, now = [], 0
    for gap, value in steps:
        now += gap
        past.append(Seen(now, D(value)))
    whole, late = Trail(5000), Trail(5000)
    for seen in past:
        whole.add(*seen)
    for seen in past[known_from:]:
        late.add(*seen)
    late.precede(past)
    assert late.known_since() == whole.known_since()
    assert late.change(D(7)) == whole.change(D(7))
    assert late.against_average(D(7)) == whole.against_average(D(7))


def test_what_was_before_a_window_that_is_known_changes_nothing():
    trail = Trail(10_000)
    for second in range(12):
        trail.add(second * 1000, D(100))
    trail.precede([Seen(-5000, D(1))])
    assert trail.change(D(110)) == D(10)
