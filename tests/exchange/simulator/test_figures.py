"""Numbers are written, and prices allowed, as API.md sections 1 and 3 say."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.simulator.figures import Ladder, exact, floaty, units


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [(84143, 0, "84143.0"), (441100, 8, "0.004411"), (-5, 3, "-0.005"), (70000, 1, "7000.0"), (0, 6, "0.0")],
)
def test_it_writes_at_least_one_decimal_and_no_padding(units: int, decimals: int, text: str) -> None:
    assert exact(units, decimals) == text


def test_sums_show_the_tail_of_their_binary_float() -> None:
    assert floaty(3495670.84) == "3495670.8399999999"
    assert floaty(2.0) == "2.0"
    assert floaty(-1e-12) == "0.0"


@given(st.integers(0, 8), st.integers(1, 900_000))
def test_each_step_of_the_ladder_is_an_allowed_price_and_the_next_one_is_a_tick_above(
    decimals: int, step: int
) -> None:
    ladder = Ladder(decimals)
    price = Decimal(ladder.price(step)).scaleb(-decimals)
    assert price == price.to_integral() or len(price.normalize().as_tuple().digits) <= 5
    assert ladder.step(ladder.price(step)) == step
    tick = Decimal(ladder.tick(step)).scaleb(-decimals)
    finest = Decimal(1).scaleb(max(price.adjusted() - 4, -decimals))
    assert tick == min(finest, Decimal(1))


@given(st.integers(-(10**15), 10**15), st.integers(0, 8))
def test_what_was_written_is_read_again(number: int, decimals: int) -> None:
    assert units(exact(number, decimals), decimals) == number
