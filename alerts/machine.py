"""The state machine of one alert: pure, driven by values and by the times that come with them.

Live evaluation, preview and the answers to "why" all run this. A value stands until the next one. Between two
values only time can change something, at a moment that ``due`` names, so the machine gives the same
transitions whether it is shown every value or only those past ``bounds``.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from alerts.figure import Seen, Unheard
from alerts.rule import ALREADY, DONE, FIRED, HOLDING, NEW, RESTING, WAITING, Rule, State, Transition
from alerts.waiting import due, escalation_due, is_snoozed, reminder_due, rest_ends

WORDS = {
    "armed": "it was false, so it can fire from now on",
    "already": "it was true from the start: it has to become false first",
    "true": "it became true; the minimum hold runs",
    "broke": "it became false before the minimum hold was over",
    "blind": "data stopped during the minimum hold, which starts again with the next value",
    "fired": "it fired",
    "snoozed": "it became true while snoozed",
    "recovered": "it came back past the recovery level",
    "cooldown": "it recovered, and rests until its cooldown is over",
    "rested": "the rest is over",
    "reminder": "nobody has acknowledged it yet",
    "escalated": "nobody has acknowledged it in time: the other destination is told",
    "once": "it was to fire once, and has",
    "expired": "its time was over",
    "quiet": "it happened during the cooldown",
    "no data": "data stopped",
    "data": "data came again",
    "too late": "it came about while nobody looked, and was found out too late to be told",
}


class Machine:
    """One alert at work: ``state`` after what it was shown, ``made`` the transitions so far.

    What would have fired before ``told_from``, Unix ms, is noted and no more: it counts as no firing. If it is
    still true then, it fires as of that moment.
    """

    def __init__(self, rule: Rule, state: State, told_from: int = 0) -> None:
        self.rule, self.state, self.told_from = rule, state, told_from
        self.made: list[Transition] = []
        self._is_missed = False

    def show(self, seen: Iterable[Seen], last: Decimal | None = None) -> None:
        """Values in their order; ``last`` is the one that stood before them."""
        for one in seen:
            at, value = one
            if at >= self.told_from:
                self._end_of_missed(last)
            self.pass_time(at, last)
            if not isinstance(one, Unheard):
                self._notice(at, value)
            self._look(at, value)
            last = value
        self._end_of_missed(last)

    def _notice(self, now: int, value: Decimal | None) -> None:
        """That data stop, and that they come again, for whoever wants to be told."""
        if self.state.phase == DONE:
            return
        if value is not None and self.state.blind_since is not None:
            self.state = replace(self.state, blind_since=None)
            self._note("data", now, value)
        elif value is None and self.state.blind_since is None and self.rule.tells_no_data:
            self.state = replace(self.state, blind_since=now)
            self._note("no data", now, value)

    def _end_of_missed(self, value: Decimal | None) -> None:
        """From ``told_from`` on what is true counts; ``value`` stands then."""
        if self._is_missed:
            self.pass_time(self.told_from, value)
            self._is_missed = False
            self._look(self.told_from, value)

    def pass_time(self, now: int, value: Decimal | None) -> None:
        """What time alone brings until ``now``, each at its own moment, while ``value`` stands."""
        while (moment := due(self.rule, self.state)) is not None and moment <= now:
            self._look(moment, value)

    def occur(self, at: int, value: Decimal | None) -> bool:
        """Something happened; whether it fires. What is below the threshold does not concern this alert."""
        rule, state = self.rule, self.state
        if state.phase == DONE or (value is not None and value < rule.threshold):
            return False
        if rule.expires_at is not None and at >= rule.expires_at:
            self._go("expired", DONE, at, value)
        elif is_snoozed(rule, at):
            self._note("snoozed", at, value)
        elif state.fired_at is not None and 0 <= at - state.fired_at < rule.cooldown:
            self._note("quiet", at, value)
        elif at < self.told_from:
            self._note("too late", at, value)
        else:
            self.state = replace(state, arm=state.arm + 1, fired_at=max(at, state.fired_at or at))
            self._go("fired", WAITING if rule.repeats else DONE, at, value)
            return True
        return False

    def _look(self, now: int, value: Decimal | None) -> None:
        """Take one value, or the passing of time, at ``now``."""
        rule, phase = self.rule, self.state.phase
        if phase != DONE and rule.expires_at is not None and now >= rule.expires_at:
            self._go("expired", DONE, now, value)
            return
        self._remind(now, value)
        if phase == DONE:
            return
        if phase == RESTING:
            if now >= rest_ends(rule, self.state):
                self._go("rested", WAITING, now, value)
                self._look(now, value)
        elif phase == HOLDING:
            self._hold(now, value)
        elif phase == FIRED:
            self._watch_episode(now, value)
        elif value is not None:
            self._wait(now, value)

    def _wait(self, now: int, value: Decimal) -> None:
        rule, phase = self.rule, self.state.phase
        if self._is_missed:
            self._is_missed = not rule.has_recovered(value)
        elif phase == ALREADY:
            if rule.has_recovered(value):
                self._go("armed", WAITING, now, value)
        elif not rule.is_true(value):
            if phase == NEW:
                self._go("armed", WAITING, now, value)
        elif phase == NEW and rule.needs_crossing:
            self._go("already", ALREADY, now, value)
        elif rule.hold and not is_snoozed(rule, now):
            self._go("true", HOLDING, now, value)
        else:
            self._fire(now, value)

    def _hold(self, now: int, value: Decimal | None) -> None:
        if value is None:
            self._go("blind", WAITING, now, value)
        elif now >= self.state.since + self.rule.hold and self.rule.is_true(value):
            self._fire(now, value)
        elif not self.rule.is_true(value):
            self._go("broke", WAITING, now, value)

    def _fire(self, now: int, value: Decimal) -> None:
        if is_snoozed(self.rule, now):
            self._go("snoozed", RESTING, now, value)
            return
        if now < self.told_from:
            self._is_missed = True
            self._go("too late", WAITING, now, value)
            return
        self.state = replace(self.state, arm=self.state.arm + 1, fired_at=now, reminders=0, escalated=False)
        self._go("fired", FIRED, now, value)

    def _watch_episode(self, now: int, value: Decimal | None) -> None:
        """Recovery. No data is never recovery."""
        rule = self.rule
        if value is None or not rule.has_recovered(value):
            return
        self._go("recovered", WAITING, now, value)
        if not rule.repeats:
            self._go("once", DONE, now, value)
        elif rule.cooldown and now < rest_ends(rule, self.state):
            self._go("cooldown", RESTING, now, value)

    def _remind(self, now: int, value: Decimal | None) -> None:
        """Of the newest episode, also when it is over. Those that were due during a snooze are one."""
        rule, state = self.rule, self.state
        if (moment := reminder_due(rule, state)) is not None and now >= moment:
            passed = (now - (state.fired_at or 0)) // rule.remind_every
            self.state = replace(state, reminders=max(state.reminders + 1, passed))
            self._note("reminder", now, value)
        if (moment := escalation_due(rule, state)) is not None and now >= moment:
            self.state = replace(self.state, escalated=True)
            self._note("escalated", now, value)

    def _go(self, what: str, phase: str, now: int, value: Decimal | None) -> None:
        self.state = replace(self.state, phase=phase, since=now)
        self._note(what, now, value)

    def _note(self, what: str, now: int, value: Decimal | None) -> None:
        self.made.append(Transition(what, now, value, self.state.phase, self.state.arm))
