"""Step: what an alert did besides firing, so that "why did it (not) fire?" has an answer."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import QuerySet

from snapshots.models.amount import Amount

HELD_BACK = ("quiet", "snoozed", "too late")
"""What became of an occurrence that did not fire."""


class StepQuerySet(models.QuerySet):
    """Selections of steps."""

    def by(self, alert_id: int, moment: int) -> "Step | None":
        """The last step of the alert up to a moment, Unix ms."""
        return self.filter(alert=alert_id, at__lte=moment).order_by("-at", "-id").first()

    def held_back(self, alerts: Iterable[int], moments: Iterable[int]) -> "QuerySet[Any]":
        """(alert, moment, Unix ms) at which something happened that was not to be told."""
        return self.filter(alert__in=alerts, at__in=moments, what__in=HELD_BACK).values_list("alert", "at")


class Step(models.Model):
    """One transition of ``alerts.machine``: ``what`` happened ``at`` (Unix ms), and on which value."""

    alert = models.ForeignKey("alerts.Alert", on_delete=models.CASCADE, related_name="steps", db_index=False)
    at = models.BigIntegerField()
    what = models.CharField(max_length=12)
    phase = models.CharField(max_length=8)
    arm = models.BigIntegerField()
    value = Amount(null=True)
    decided_at = models.BigIntegerField()

    objects = StepQuerySet.as_manager()

    class Meta:
        indexes = [
            # why: the last step before a moment; the ledger, newest first
            models.Index(fields=["alert", "-at", "-id"], name="step_of_alert"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.what}"
