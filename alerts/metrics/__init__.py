"""All metrics by name. A new one is a line in one of the modules here, what computes it, and a test."""

from alerts.metrics.account import ACCOUNT_METRICS
from alerts.metrics.coin import COIN_METRICS
from alerts.metrics.metric import Metric
from alerts.metrics.occurrences import OCCURRENCES

METRICS: dict[str, Metric] = {metric.name: metric for metric in (*COIN_METRICS, *ACCOUNT_METRICS, *OCCURRENCES)}

__all__ = ["METRICS", "Metric"]
