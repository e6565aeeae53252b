"""Ladders hold what a plain list would, and their first float comparison loses nobody."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from alerts.ladder import Ladder
from alerts.rule import ABOVE, BELOW

D = Decimal

sides = st.sampled_from([ABOVE, BELOW])
numbers = st.integers(-50, 50).map(float)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), numbers),
        st.tuples(st.just("take"), numbers),
        st.tuples(st.just("discard"), st.sets(st.integers(0, 20), max_size=4)),
    ),
    max_size=30,
)


@given(sides, steps)
def test_a_ladder_is_a_list_of_bounds_and_ids_that_answers_faster(side, steps):
    ladder, plain, fresh = Ladder(side), {}, iter(range(1000))
    for what, given_ in steps:
        if what == "add":
            alert = next(fresh)
            plain[alert] = given_
            ladder.add(given_, alert)
        elif what == "discard":
            plain = {alert: bound for alert, bound in plain.items() if alert not in given_}
            ladder.discard(given_)
        else:
            reached = {alert for alert, bound in plain.items() if (given_ - bound) * side >= 0}
            assert bool(reached) == ((given_ - ladder.nearest) * side >= 0)
            assert sorted(ladder.reached(given_)) == sorted(reached)
            assert sorted(ladder.take(given_)) == sorted(reached)
            plain = {alert: bound for alert, bound in plain.items() if alert not in reached}
        assert len(ladder) == len(plain)
        assert list(ladder.bounds) == sorted(ladder.bounds)


amounts = st.decimals(allow_nan=False, allow_infinity=False, min_value=D("-1e30"), max_value=D("1e30"))


@given(sides, amounts, amounts)
def test_rounding_to_floats_never_hides_what_the_exact_numbers_reach(side, bound, value):
    ladder = Ladder(side)
    ladder.add(float(bound), 7)
    if (value >= bound) if side == ABOVE else (value <= bound):
        assert ladder.take(float(value)) == [7]
