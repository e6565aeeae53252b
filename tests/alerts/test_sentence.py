"""An alert reads as a sentence, and a sentence as an alert."""

from datetime import time
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.metrics import METRICS
from alerts.metrics.metric import COIN, POSITION, SIGN
from alerts.rule import ABOVE, BELOW
from alerts.sentence import sentence
from exchange.spans import moment, read_moment, read_span, span
from tests.alerts.sentence_read import NotUnderstood, read

D = Decimal
ADDRESS = "0x" + "a1" * 20
DEFAULTS = {
    "window": 0, "coin": "", "address": "", "hysteresis": D(0), "hold": 0, "cooldown": 0, "repeats": True,
    "needs_crossing": True, "tells_recovery": True, "tells_no_data": False, "remind_every": 0, "escalate_after": 0,
    "expires_at": None, "snoozed_until": None, "quiet_start": None, "quiet_end": None,
}  # fmt: skip
spans = st.integers(0, 30 * 86_400_000)
moments = st.none() | st.integers(1_700_000_000_000, 1_900_000_000_000)
numbers = st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=6)


@st.composite
def alerts(draw):
    """Any alert that makes sense."""
    metric = draw(st.sampled_from(sorted(METRICS.values(), key=lambda one: one.name)))
    side = metric.only or draw(st.sampled_from([ABOVE, BELOW]))
    coin = draw(st.sampled_from(["BTC", "xyz:SP500", "@107", "HYPE/USDC"]))
    fields = DEFAULTS | {"metric": metric.name, "side": side, "threshold": draw(numbers)}
    if metric.unit == SIGN:
        fields["threshold"] = D(side)
    if metric.is_occurrence:
        fields["threshold"] = abs(fields["threshold"])
    if metric.scope == COIN:
        fields["coin"] = coin
    else:
        fields["address"] = draw(st.sampled_from(["", ADDRESS]))
        fields["coin"] = draw(st.sampled_from(["", coin])) if metric.scope == POSITION else ""
    if metric.is_windowed:
        fields["window"] = draw(st.integers(60_000, 7 * 86_400_000))
    if draw(st.booleans()):
        fields |= {"quiet_start": time(22, 30), "quiet_end": time(7)}
    for name in ("hold", "cooldown", "remind_every", "escalate_after"):
        fields[name] = draw(spans)
    for name in ("repeats", "needs_crossing", "tells_recovery", "tells_no_data"):
        fields[name] = draw(st.booleans())
    return fields | {"hysteresis": abs(draw(numbers)), "expires_at": draw(moments), "snoozed_until": draw(moments)}


@given(alerts())
def test_reading_a_sentence_gives_the_alert_that_wrote_it(fields):
    assert DEFAULTS | read(sentence(SimpleNamespace(**fields))) == fields


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (
            {"metric": "mark", "coin": "BTC", "side": ABOVE, "threshold": D("100000.00"), "hold": 300_000},
            "the mark price of BTC is at or above 100000, for 5 min, each time",
        ),
        (
            {"metric": "change", "coin": "ETH", "side": BELOW, "threshold": D(-5), "window": 3_600_000,
             "repeats": False},
            "the change of the mark price of ETH within 1 h is at or below -5 %, once",
        ),
        (
            {"metric": "funding_sign", "coin": "HYPE", "side": BELOW, "threshold": D(-1)},
            "the sign of the funding of HYPE is negative, each time",
        ),
        (
            {"metric": "liquidation_distance", "side": BELOW, "threshold": D(10), "needs_crossing": False},
            "the liquidation distance of any position of my wallets is at or below 10 %, each time, "
            "also if it is so already",
        ),
        (
            {"metric": "fill", "address": ADDRESS, "side": ABOVE, "threshold": D(5000)},
            f"there is a fill in any coin of {ADDRESS} of at least 5000 USD, each time",
        ),
    ],
)  # fmt: skip
def test_it_reads_like_this(fields, text):
    assert sentence(SimpleNamespace(**DEFAULTS | fields)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the weather of BTC is at or above 3",
        "the mark price of BTC is above 3",
        "the mark price of BTC within 1 h is at or above 3",
        "the change of the mark price of BTC is at or above 3 %",
        "the mark price of BTC is at or above 3, sometimes",
        "the mark price of BTC is at or above 3, for a while",
        "there is a party in BTC",
        "there is a trade of BTC of my wallets",
    ],
)
def test_what_is_not_understood_is_said(text):
    with pytest.raises(NotUnderstood):
        read(text)


@given(spans)
def test_spans_are_read_back(ms):
    assert read_span(span(ms)) == ms


@given(st.integers(0, 4_000_000_000_000))
def test_moments_are_read_back(ms):
    assert read_moment(moment(ms)) == ms
