"""Which alerts make sense: all that is wrong is said at once, field by field."""

from django.core.exceptions import ValidationError

from accounts.address import normalise_address, validate_address
from alerts.metrics import METRICS, Metric
from alerts.metrics.metric import COIN, SIGN
from alerts.rule import ABOVE
from exchange.spans import FAR

MINUTE, DAY = 60_000, 86_400_000
SPANS = {"hold": DAY, "cooldown": 30 * DAY, "remind_every": 7 * DAY, "escalate_after": 7 * DAY}
"""Longest that makes sense, ms."""

MOMENTS = ("expires_at", "snoozed_until")
UNTIL_ACKNOWLEDGED = ("remind_every", "escalate_after")
NOTHING_LASTS = "This happens at one moment and is told once: there is no episode to remind of."


def check(alert) -> None:
    """Raise ValidationError unless the alert can be watched."""
    metric = METRICS.get(alert.metric)
    if metric is None:
        raise ValidationError({"metric": "There is no such metric."})
    alert.address = normalise_address(alert.address) or ""
    wrong = {**_subject(alert, metric), **_condition(alert, metric), **_times(alert, metric)}
    if wrong:
        raise ValidationError(wrong)


def _subject(alert, metric: Metric) -> dict[str, str]:
    if metric.scope == COIN:
        wrong = {} if alert.coin else {"coin": "Which coin?"}
        return wrong | ({"address": "This metric is about a coin alone."} if alert.address else {})
    if alert.address:
        try:
            validate_address(alert.address)
        except ValidationError as error:
            return {"address": error.messages[0]}
        if not alert.user.wallets.filter(address=alert.address).exists():
            return {"address": "Add this address to your wallets first."}
    return {"coin": "This metric is about the whole account."} if metric.scope == "account" and alert.coin else {}


def _condition(alert, metric: Metric) -> dict[str, str]:
    wrong = {}
    if alert.threshold is None or not alert.threshold.is_finite():
        wrong["threshold"] = "A number is needed."
    elif metric.unit == SIGN and alert.threshold not in (1, -1):
        wrong["threshold"] = "A sign is 1 or -1."
    if alert.hysteresis is None or not alert.hysteresis.is_finite() or alert.hysteresis < 0:
        wrong["hysteresis"] = "Not below 0."
    if metric.is_windowed and not MINUTE <= alert.window <= 7 * DAY:
        wrong["window"] = "From one minute to seven days."
    elif not metric.is_windowed and alert.window:
        wrong["window"] = "This metric looks at one moment."
    if metric.only not in (0, alert.side):
        wrong["side"] = f"This can only be at or {'above' if metric.only == ABOVE else 'below'}."
    return wrong


def _times(alert, metric: Metric) -> dict[str, str]:
    wrong = {name: NOTHING_LASTS for name in UNTIL_ACKNOWLEDGED if metric.is_occurrence and getattr(alert, name)}
    wrong |= {name: "Too long." for name, most in SPANS.items() if getattr(alert, name) > most}
    wrong |= {name: "Not below 0." for name in SPANS if getattr(alert, name) < 0}
    for name in MOMENTS:
        if (at := getattr(alert, name)) is not None and not 0 < at < FAR:
            wrong[name] = "That is no moment, or one too far away."
    if 0 < alert.remind_every < MINUTE:
        wrong["remind_every"] = "At least a minute."
    if (alert.quiet_start is None) != (alert.quiet_end is None):
        wrong["quiet_end"] = "Quiet hours have a start and an end."
    if alert.escalate_to is not None and alert.escalate_to.user_id != alert.user_id:
        wrong["escalate_to"] = "That is not a destination of yours."
    return wrong
