"""What an alert waits for: a moment at which time alone changes something, or a value. Pure."""

from decimal import Decimal

from alerts.rule import ABOVE, ALREADY, DONE, FIRED, HOLDING, RESTING, WAITING, Rule, State


def due(rule: Rule, state: State) -> int | None:
    """When time alone will change something, Unix ms, not before the phase began; None if it never will."""
    moments = [reminder_due(rule, state), escalation_due(rule, state)]
    if state.phase != DONE:
        moments.append(rule.expires_at)
    if state.phase == HOLDING:
        moments.append(state.since + rule.hold)
    elif state.phase == RESTING:
        moments.append(rest_ends(rule, state))
    first = min((moment for moment in moments if moment is not None), default=None)
    return None if first is None else max(first, state.since)


def is_over(rule: Rule, state: State) -> bool:
    """Whether nothing will ever happen again: it is done, and nobody has to be reminded of what it said."""
    return state.phase == DONE and due(rule, state) is None


def rest_ends(rule: Rule, state: State) -> int:
    """When cooldown and snooze are both over. Worked out from the rule, so that a change of it counts at once."""
    cooled = state.fired_at + rule.cooldown if state.fired_at is not None else 0
    return max(cooled, rule.snoozed_until or 0)


def bounds(rule: Rule, state: State) -> tuple[int, Decimal] | None:
    """The values that could change something: ``(ABOVE, x)`` is "at or above x"; None if no value can.

    A new alert is shown its first value whatever that is.
    """
    if state.phase == WAITING:
        return rule.side, rule.threshold
    if state.phase == HOLDING:
        return -rule.side, rule.threshold
    if state.phase in (ALREADY, FIRED):
        return -rule.side, _nearer(rule)
    return None


def _nearer(rule: Rule) -> Decimal:
    """Where recovery can begin: the recovery level, or the threshold if that is stricter."""
    if rule.recovery is None:
        return rule.threshold
    return min(rule.recovery, rule.threshold) if rule.side == ABOVE else max(rule.recovery, rule.threshold)


def reminder_due(rule: Rule, state: State) -> int | None:
    """The next reminder of the newest episode, over or not, until it is acknowledged or the alert expires."""
    if not rule.remind_every or state.fired_at is None or state.acknowledged >= state.arm:
        return None
    return _awake(rule, state.fired_at + rule.remind_every * (state.reminders + 1))


def escalation_due(rule: Rule, state: State) -> int | None:
    """As ``reminder_due``, once."""
    if not rule.escalate_after or state.fired_at is None or state.escalated or state.acknowledged >= state.arm:
        return None
    return _awake(rule, state.fired_at + rule.escalate_after)


def is_snoozed(rule: Rule, now: int) -> bool:
    return rule.snoozed_until is not None and now < rule.snoozed_until


def _awake(rule: Rule, moment: int) -> int | None:
    """Nobody is reminded while the alert is snoozed, nor once its time is over."""
    moment = max(moment, rule.snoozed_until or 0)
    return moment if rule.expires_at is None or moment < rule.expires_at else None
