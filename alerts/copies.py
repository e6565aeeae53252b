"""Copies of an alert: the same rule, new state."""

from alerts.models import Alert

RULE = (
    *("metric", "coin", "address", "window", "side", "threshold", "hysteresis", "hold", "cooldown", "repeats"),
    *("needs_crossing", "tells_recovery", "tells_no_data", "remind_every", "escalate_after", "escalate_to"),
    *("expires_at", "snoozed_until", "quiet_start", "quiet_end", "note", "tags", "is_active"),
)
"""Everything that a user says of an alert, besides its destinations."""


def copy(alert: Alert) -> Alert:
    """A new alert of the same user, paused, so that it can be changed first. TooManyAlerts, ValidationError."""
    values = {name: getattr(alert, name) for name in RULE} | {"is_active": False}
    return Alert.objects.add(alert.user, alert.destinations.all(), **values)
