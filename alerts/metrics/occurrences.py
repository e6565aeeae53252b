"""What happens at one moment and is an episode of its own: trades, fills, orders, changes of positions."""

from alerts.metrics.metric import COIN, POSITION, USD, Metric
from alerts.rule import ABOVE

OCCURRENCES = (
    Metric("trade", "a trade of", COIN, USD, is_occurrence=True, only=ABOVE),
    Metric("fill", "a fill in", POSITION, USD, is_occurrence=True, only=ABOVE),
    Metric("order_filled", "an order filled in", POSITION, USD, is_occurrence=True, only=ABOVE),
    Metric("order_cancelled", "an order cancelled in", POSITION, USD, is_occurrence=True, only=ABOVE),
    Metric("position_opened", "a position opened in", POSITION, USD, is_occurrence=True, only=ABOVE),
    Metric("position_closed", "a position closed in", POSITION, USD, is_occurrence=True, only=ABOVE),
    Metric("position_increased", "a position increased in", POSITION, USD, is_occurrence=True, only=ABOVE),
    Metric("position_reduced", "a position reduced in", POSITION, USD, is_occurrence=True, only=ABOVE),
    Metric("position_flipped", "a position flipped in", POSITION, USD, is_occurrence=True, only=ABOVE),
    Metric("liquidation", "a liquidation in", POSITION, USD, is_occurrence=True, only=ABOVE),
)
