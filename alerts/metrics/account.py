"""Figures of an account and of its positions. Per cent where people read per cent; None is "not known"."""

from alerts.metrics.metric import ACCOUNT, PERCENT, POSITION, TIMES, USD, Metric
from alerts.rule import BELOW

ACCOUNT_METRICS = (
    Metric("liquidation_distance", "liquidation distance", POSITION, PERCENT, "account", is_risk=True, only=BELOW),
    Metric("position_pnl", "unrealised PnL", POSITION, USD, "account"),
    Metric("position_leverage", "leverage", POSITION, TIMES, "account", is_risk=True),
    Metric("position_value", "value", POSITION, USD, "account"),
    Metric("margin_usage", "margin usage", ACCOUNT, PERCENT, "account", is_risk=True),
    Metric("unrealized_pnl", "unrealised PnL", ACCOUNT, USD, "account"),
    Metric("equity", "equity", ACCOUNT, USD, "account"),
    Metric("leverage", "leverage", ACCOUNT, TIMES, "account", is_risk=True),
)
