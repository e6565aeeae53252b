"""Figures read as people expect them, and nothing is invented on the way."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange import figures


@pytest.mark.parametrize(
    ("value", "most", "text"),
    [
        ("66344.0", 1, "66,344"),
        ("84143.5", 1, "84,143.5"),
        ("1919.75", 2, "1,919.75"),
        ("115.035", 3, "115.035"),
        ("0.003663", 6, "0.003663"),
        ("0.1", 6, "0.10000"),
        ("100", 0, "100"),
        ("0", 6, "0"),
    ],
)
def test_a_price_has_five_figures_and_all_that_the_exchange_sent(value, most, text):
    assert figures.price(Decimal(value), most) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "$0.00"),
        ("999.994", "$999.99"),
        ("999.996", "$1.00K"),
        ("999994", "$999.99K"),
        ("999996", "$1.00M"),
        ("1234567890", "$1.23B"),
        ("5e12", "$5.00T"),
        ("-2500", "−$2.50K"),
    ],
)
def test_dollars_are_compact_and_never_read_1000(value, text):
    assert figures.usd(Decimal(value)) == text


@pytest.mark.parametrize(
    ("fraction", "decimals", "text"),
    [
        ("0.0123", 2, "+1.23%"),
        ("-0.0123", 2, "−1.23%"),
        ("0.0000125", 4, "+0.0013%"),
        ("-0.0000001", 2, "+0.00%"),
    ],
)
def test_a_percentage_has_its_sign_and_no_negative_zero(fraction, decimals, text):
    assert figures.percent(Decimal(fraction), decimals) == text


def test_no_figure_is_a_dash_and_not_zero():
    nothing = [figures.price(None, 2), figures.usd(None), figures.percent(None), figures.size(None, 2)]
    nothing += [figures.amount(None, "BTC"), figures.usd_full(None), figures.difference(None), figures.exact(None)]
    nothing += [figures.plain_percent(None)]
    assert set(nothing) == {"—"}
    assert figures.number(None) is None


def test_differences_and_spreads_are_exact():
    assert figures.difference(Decimal("-3.50")) == "−3.5"
    assert figures.difference(Decimal("1043.5")) == "+1,043.5"
    assert figures.exact(Decimal("0.50")) == "0.5"
    assert figures.exact(Decimal("1E+1")) == "10"
    assert figures.plain_percent(Decimal("0.000012")) == "0.0012%"


@pytest.mark.parametrize(
    ("value", "text"),
    [("28123.44", "28,123.4 BTC"), ("0.5", "0.5000 BTC"), ("0", "0 BTC"), ("1.5e-9", "0.00000000 BTC")],
)
def test_quantities_have_a_unit_and_four_figures(value, text):
    assert figures.amount(Decimal(value), "BTC") == text


def test_whole_dollars_and_sizes_are_grouped():
    assert figures.usd_full(Decimal("1234567890.4")) == "$1,234,567,890"
    assert figures.usd_full(Decimal("-5")) == "−$5"
    assert figures.size(Decimal("1234.5"), 5) == "1,234.50000"


def test_the_time_of_day_is_utc():
    assert figures.utc_time(1_795_496_707_165) == "05:05:07"
    assert figures.utc_time(0) == "00:00:00"


@pytest.mark.parametrize("text", ["1e5000", "-9e119", "9" * 5000, "1e-5000", "-0.0"])
def test_a_number_that_no_market_has_is_some_text(text):
    value = Decimal(text)
    for say in (figures.usd, figures.percent, figures.plain_percent, figures.usd_full, figures.exact):
        assert say(value)


@given(st.decimals(min_value=0, max_value=10**9, places=6), st.integers(0, 6))
def test_a_price_read_back_is_the_price(value, most):
    assert Decimal(figures.price(value, most).replace(",", "")) == value


@given(st.decimals(min_value=-(10**14), max_value=10**14, places=3))
def test_compact_dollars_are_right_to_half_a_unit_of_the_last_digit(value):
    text = figures.usd(value).replace("−", "-").replace("$", "")
    shift = {"K": 3, "M": 6, "B": 9, "T": 12}.get(text[-1], 0)
    read = Decimal(text.rstrip("KMBT")).scaleb(shift)
    assert abs(read - value) <= Decimal("0.005").scaleb(shift)
