"""What happens at one moment and is an episode of its own: trades, fills, orders, changes of positions."""

from alerts.metrics.metric import COIN, POSITION, USD, Metric

OCCURRENCES = (
    Metric("trade", "a trade of", COIN, USD, is_occurrence=True, above_only=True),
    Metric("fill", "a fill in", POSITION, USD, is_occurrence=True, above_only=True),
    Metric("order_filled", "an order filled in", POSITION, USD, is_occurrence=True, above_only=True),
    Metric("order_cancelled", "an order cancelled in", POSITION, USD, is_occurrence=True, above_only=True),
    Metric("position_opened", "a position opened in", POSITION, USD, is_occurrence=True, above_only=True),
    Metric("position_closed", "a position closed in", POSITION, USD, is_occurrence=True, above_only=True),
    Metric("position_increased", "a position increased in", POSITION, USD, is_occurrence=True, above_only=True),
    Metric("position_reduced", "a position reduced in", POSITION, USD, is_occurrence=True, above_only=True),
    Metric("position_flipped", "a position flipped in", POSITION, USD, is_occurrence=True, above_only=True),
    Metric("liquidation", "a liquidation in", POSITION, USD, is_occurrence=True, above_only=True),
)
