"""An alert as a sentence. The tests read the same words back (``tests.alerts.sentence_read``).

    the mark price of BTC is at or above 100000, for 5 min, each time, with hysteresis 0.3, resting 10 min
    there is a fill in any coin of 0x…, each time

It says everything that decides when the alert fires and what is told; not to whom, and not note and tags.
"""

from decimal import Decimal

from alerts.metrics import METRICS
from alerts.metrics.metric import COIN, PERCENT, POSITION, SIGN, TIMES, USD, Metric
from alerts.rule import ABOVE
from exchange.spans import moment, span

MINE = "my wallets"
SUFFIX = {USD: " USD", PERCENT: " %", TIMES: " times"}


def sentence(alert) -> str:
    """The alert (or anything with its fields) in words."""
    metric = METRICS[alert.metric]
    what = _happens(alert, metric) if metric.is_occurrence else _compares(alert, metric)
    return ", ".join([what, *_manner(alert), *_told(alert)])


def _compares(alert, metric: Metric) -> str:
    window = f" within {span(alert.window)}" if metric.is_windowed else ""
    side = "above" if alert.side == ABOVE else "below"
    level = f"at or {side} {number(alert.threshold)}{SUFFIX.get(metric.unit, '')}"
    if metric.unit == SIGN:
        level = "positive" if alert.side == ABOVE else "negative"
    return f"the {metric.label} of {_subject(alert, metric)}{window} is {level}"


def _happens(alert, metric: Metric) -> str:
    coin = alert.coin or "any coin"
    whose = "" if metric.scope == COIN else f" of {alert.address or MINE}"
    least = f" of at least {number(alert.threshold)} USD" if alert.threshold else ""
    return f"there is {metric.label} {coin}{whose}{least}"


def _subject(alert, metric: Metric) -> str:
    if metric.scope == COIN:
        return alert.coin
    whose = alert.address or MINE
    if metric.scope == POSITION:
        return f"the position in {alert.coin} of {whose}" if alert.coin else f"any position of {whose}"
    return f"account {whose}" if alert.address else f"any of {whose}"


def _manner(alert) -> list[str]:
    """When it fires, and how often."""
    return [
        *([f"for {span(alert.hold)}"] if alert.hold else []),
        "each time" if alert.repeats else "once",
        *([f"with hysteresis {number(alert.hysteresis)}"] if alert.hysteresis else []),
        *([f"resting {span(alert.cooldown)}"] if alert.cooldown else []),
        *([] if alert.needs_crossing else ["also if it is so already"]),
        *([f"snoozed until {moment(alert.snoozed_until)}"] if alert.snoozed_until is not None else []),
        *([f"expiring {moment(alert.expires_at)}"] if alert.expires_at is not None else []),
    ]


def _told(alert) -> list[str]:
    """What is told of it, and when not."""
    quiet = alert.quiet_start is not None and alert.quiet_end is not None
    hours = f"quiet from {alert.quiet_start:%H:%M} to {alert.quiet_end:%H:%M}" if quiet else ""
    return [
        *([] if alert.tells_recovery else ["without word of recovery"]),
        *(["with word of missing data"] if alert.tells_no_data else []),
        *([f"reminding each {span(alert.remind_every)}"] if alert.remind_every else []),
        *([f"escalated after {span(alert.escalate_after)}"] if alert.escalate_after else []),
        *([hours] if hours else []),
    ]


def number(value: Decimal) -> str:
    """All its digits and no exponent; no zeros behind."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
