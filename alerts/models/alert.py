"""Alert: a user's rule, and how far the evaluator is with it."""

import dataclasses
from decimal import Decimal

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q

from accounts.address import LENGTH
from alerts.figure import HIGHEST, LOWEST, Figure
from alerts.metrics import METRICS, Metric
from alerts.metrics.metric import COIN, POSITION
from alerts.models.alert_check import check
from alerts.models.alert_edit import reminded_anew
from alerts.models.alert_rows import UNSEEN, AlertQuerySet, TooManyAlerts, may_resume
from alerts.models.firing import Firing
from alerts.quiet import Quiet
from alerts.rule import ABOVE, ALREADY, BELOW, DONE, FIRED, NEW, PHASES, RESTING, Rule, State
from snapshots.models.amount import Amount

CONDITION = ("metric", "coin", "address", "window", "side", "threshold")
"""Who changes one of these has another alert: it begins anew."""
REMARKS = {"snoozed_until", "note", "tags"}
"""To change these of one that is over does not begin it anew."""
ALWAYS = REMARKS | {"is_active"}
"""May be changed also of an alert that could not be made any more, since a wallet is gone."""
STATE = (*(field.name for field in dataclasses.fields(State)), "seen_version", "seen_at")
"""Written by the evaluator alone (and by ``edit``)."""


class Alert(models.Model):
    """The rule. Spans are ms, times Unix ms; 0 or null is "none". ``hysteresis``: see ``Metric.recovery``.

    ``coin`` of a position metric may be empty: any position. ``address`` of an account metric may be empty: any of
    the user's wallets. ``version`` rises with each change; the rule counts from the moment at which the evaluator
    has noted it as ``seen_version``.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="alerts", db_index=False
    )
    metric = models.CharField(max_length=24)
    coin = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=LENGTH, blank=True)
    window = models.BigIntegerField(default=0)
    side = models.SmallIntegerField(default=ABOVE, choices=[(ABOVE, "at or above"), (BELOW, "at or below")])
    threshold = Amount(default=Decimal(0))

    hysteresis = Amount(default=Decimal(0))
    hold = models.BigIntegerField(default=0)
    cooldown = models.BigIntegerField(default=0)
    repeats = models.BooleanField(default=True)
    needs_crossing = models.BooleanField(default=True)
    tells_recovery = models.BooleanField(default=True)
    tells_no_data = models.BooleanField(default=False)
    remind_every = models.BigIntegerField(default=0)
    escalate_after = models.BigIntegerField(default=0)
    escalate_to = models.ForeignKey(
        "alerts.Destination", on_delete=models.SET_NULL, null=True, blank=True, related_name="escalations"
    )
    destinations = models.ManyToManyField("alerts.Destination", blank=True, related_name="alerts")
    expires_at = models.BigIntegerField(null=True, blank=True)
    snoozed_until = models.BigIntegerField(null=True, blank=True)
    quiet_start = models.TimeField(null=True, blank=True)
    quiet_end = models.TimeField(null=True, blank=True)
    note = models.TextField(blank=True, max_length=2000)
    tags = models.CharField(max_length=300, blank=True, help_text="As in trip notes: ,a,b,")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    phase = models.CharField(max_length=8, default=NEW, choices=PHASES, editable=False)
    since = models.BigIntegerField(default=0, editable=False)
    arm = models.BigIntegerField(default=0, editable=False)
    fired_at = models.BigIntegerField(null=True, editable=False)
    reminders = models.PositiveIntegerField(default=0, editable=False)
    escalated = models.BooleanField(default=False, editable=False)
    acknowledged = models.BigIntegerField(default=0, editable=False)
    blind_since = models.BigIntegerField(null=True, editable=False)
    version = models.BigIntegerField(default=1, editable=False)
    seen_version = models.BigIntegerField(default=0, editable=False)
    seen_at = models.BigIntegerField(default=0, editable=False)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(side__in=[ABOVE, BELOW]), name="alert_side_known"),
        ]
        indexes = [
            # a user's list, newest first, and how many he has
            models.Index(fields=["user", "-id"], name="alert_of_user"),
            # each second the evaluator asks what has changed: only those are in here
            models.Index(fields=["id"], condition=UNSEEN, name="alert_unseen"),
            # which coins and accounts have to be read
            models.Index(fields=["metric", "address", "coin"], name="alert_subjects"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.coin or self.address}"

    def save(self, *args, **kwargs) -> None:
        """The evaluator's columns of a stored alert are not written here: use ``edit`` for changes."""
        if not self._state.adding and "update_fields" not in kwargs:
            raise TypeError("a stored alert is changed by edit(), since the evaluator writes to it too")
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse what makes no sense; see ``alert_check``."""
        check(self)

    def edit(self, now: int, **values) -> None:
        """Change the rule at ``now`` (Unix ms). Another condition begins anew. ValidationError, also if it is
        to be resumed and the tier has no room."""
        with transaction.atomic():
            stored = type(self).objects.select_for_update(no_key=True).get(pk=self.pk)
            if resumes := values.get("is_active") and not stored.is_active:
                may_resume(stored)
            before, was = [getattr(stored, name) for name in CONDITION], stored.rule
            for name, value in values.items():
                setattr(stored, name, value)
            fields = set(values)
            if fields <= ALWAYS:
                stored.clean_fields(exclude={field.name for field in self._meta.fields} - fields)
            else:
                stored.full_clean()
            anew = (
                before != [getattr(stored, name) for name in CONDITION]
                or (stored.phase == DONE and not fields <= REMARKS)
                or (stored.phase == ALREADY and was.needs_crossing and not stored.needs_crossing)
            )
            fields |= reminded_anew(stored, was, now, anew, bool(resumes))
            if anew:
                Firing.objects.open().filter(alert=stored).update(ended_at=now, end_reason="changed")
                stored.phase, stored.since, stored.seen_at, stored.blind_since = NEW, now, 0, None
                fields |= {"phase", "since", "seen_at", "blind_since"}
            elif resumes and stored.of.is_occurrence:
                stored.seen_at = 0  # what happened while it was paused is heard again after a restart
                fields |= {"seen_at"}
            elif stored.phase == RESTING:
                stored.since = now
                fields |= {"since"}
            stored.version = F("version") + 1
            stored.save(update_fields=[*fields, "version"])
        self.refresh_from_db()

    @property
    def of(self) -> Metric:
        """The metric."""
        return METRICS[self.metric]

    @property
    def figure(self) -> Figure:
        """What the evaluator has to look at."""
        if self.of.scope == COIN:
            return Figure(self.metric, self.coin, self.window)
        account = self.address or f"user:{self.user_id}"
        if self.of.is_occurrence:
            return Figure(self.metric, f"{account}/{self.coin}")
        extreme = HIGHEST if self.side == ABOVE else LOWEST
        if self.of.scope == POSITION:
            return Figure(self.metric, f"{account}/{self.coin or extreme}")
        return Figure(self.metric, account if self.address else f"{account}/{extreme}")

    @property
    def rule(self) -> Rule:
        """For the state machine."""
        return Rule(
            threshold=self.threshold,
            side=self.side,
            recovery=self.of.recovery(self.threshold, self.side, self.hysteresis),
            hold=self.hold,
            cooldown=self.cooldown,
            repeats=self.repeats,
            needs_crossing=self.needs_crossing,
            expires_at=self.expires_at,
            snoozed_until=self.snoozed_until,
            remind_every=0 if self.of.is_occurrence else self.remind_every,
            escalate_after=self.escalate_after if self.escalate_to_id and not self.of.is_occurrence else 0,
            is_occurrence=self.of.is_occurrence,
            tells_no_data=self.tells_no_data and not self.of.is_occurrence,
        )

    @property
    def state(self) -> State:
        """As it is stored."""
        return State(*(getattr(self, field.name) for field in dataclasses.fields(State)))

    @property
    def quiet(self) -> Quiet | None:
        """Quiet hours in the zone that the user has now."""
        if self.quiet_start is None or self.quiet_end is None:
            return None
        return Quiet(self.quiet_start, self.quiet_end, self.user.timezone)


__all__ = ["FIRED", "STATE", "Alert", "TooManyAlerts"]
