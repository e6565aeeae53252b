"""What a change of an alert means for what it has said already, and is still to be reminded of."""

from typing import Any

from alerts.rule import FIRED, Rule


def reminded_anew(alert: Any, was: Rule, now: int, begins_anew: bool, resumes: bool) -> set[str]:
    """Set the columns about reminders at ``now`` (Unix ms); their names. ``was`` is the rule before.

    Whoever makes another alert of it has seen what it said. Reminders that are asked for only now are about what
    fires from now on, or is open. Those that were due during a pause, or by another span, are not made up for.
    """
    rule = alert.rule
    asked, asks = (one.remind_every or one.escalate_after for one in (was, rule))
    changed = set[str]()
    if begins_anew or (asks and not asked and alert.phase != FIRED):
        alert.acknowledged = alert.arm
        changed.add("acknowledged")
    if rule.remind_every and alert.fired_at is not None and (resumes or rule.remind_every != was.remind_every):
        alert.reminders = max(0, now - alert.fired_at) // rule.remind_every
        changed.add("reminders")
    return changed
