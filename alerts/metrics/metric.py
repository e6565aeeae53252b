"""Metric: something that alerts can watch, and the words for it."""

from dataclasses import dataclass
from decimal import Decimal

COIN, ACCOUNT, POSITION = "coin", "account", "position"
"""What a metric is about: a market, an address, or one position of an address."""

PRICE, USD, PERCENT, TIMES, SIGN = "price", "usd", "percent", "times", "sign"
"""Units of a threshold: the quote currency of the coin; dollars; per cent; a multiple; 1, 0 or -1."""


@dataclass(frozen=True, slots=True)
class Metric:
    """``label`` reads "the … of BTC". ``source`` is the stream whose silence makes it stale ("": only events).

    ``is_occurrence``: something that happens, such as a fill, and no number that is always there; then ``label``
    reads "… BTC". ``is_windowed``: over a span of time that the alert names. ``is_risk``: to be told at once even
    if it is so already when the alert is made.
    """

    name: str
    label: str
    scope: str
    unit: str
    source: str = ""
    is_windowed: bool = False
    is_occurrence: bool = False
    is_risk: bool = False
    only: int = 0

    def recovery(self, threshold: Decimal, side: int, hysteresis: Decimal) -> Decimal | None:
        """The level at which an episode ends: per cent of the threshold, or points where that is in per cent."""
        if not hysteresis:
            return None
        gap = hysteresis if self.unit in (PERCENT, TIMES) else abs(threshold) * hysteresis / 100
        return threshold - side * gap
