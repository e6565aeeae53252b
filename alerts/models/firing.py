"""Firing: one decision, one row, whatever crashes."""

from functools import partial

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from alerts import bulk
from alerts.announce import changed
from snapshots.models.amount import Amount

MOST_COUNTED = 100
"""Whoever has more firings to acknowledge is told that they are more."""


class FiringQuerySet(models.QuerySet):
    """Selections of firings."""

    def of(self, user):
        """One user's, newest first."""
        return self.filter(user=user).order_by("-id")

    def open(self):
        """Episodes that go on."""
        return self.filter(ended_at__isnull=True)

    def unacknowledged(self, user):
        """Those that the user has not seen yet, newest first."""
        return self.of(user).filter(acknowledged_at__isnull=True)

    def count_unacknowledged(self, user) -> int:
        """How many they are, ``MOST_COUNTED`` at most; one query that reads no more index than that."""
        return self.unacknowledged(user)[:MOST_COUNTED].count()

    def acknowledge(self, user, firing_id: int, now: int) -> bool:
        """The user has seen it: no more reminders. Whether that was new."""
        firing = self.filter(user=user, pk=firing_id, acknowledged_at__isnull=True).first()
        if firing is None or not self.filter(pk=firing.pk, acknowledged_at__isnull=True).update(
            acknowledged_at=now
        ):
            return False
        alerts = firing._meta.get_field("alert").related_model._default_manager
        alerts.filter(pk=firing.alert_id, acknowledged__lt=firing.arm).update(acknowledged=firing.arm)
        transaction.on_commit(partial(changed, user.pk))
        return True

    def acknowledge_all(self, user, now: int, alert_id: int | None = None) -> int:
        """All that the user has not seen yet, or those of one alert; how many that were."""
        wanted = self.filter(user=user, acknowledged_at__isnull=True)
        if alert_id is not None:
            wanted = wanted.filter(alert=alert_id)
        alerts = self.model._meta.get_field("alert").related_model
        with transaction.atomic():
            newest = (
                wanted.aggregate(newest=models.Max("pk"))["newest"] or 0
            )  # what fires meanwhile is not seen yet
            wanted = wanted.filter(pk__lte=newest)
            arms = dict(wanted.order_by().values_list("alert").annotate(models.Max("arm")))
            count = wanted.update(acknowledged_at=now)
            known = alerts._default_manager.filter(pk__in=arms).values_list("pk", "acknowledged")
            bulk.update(alerts, ("acknowledged",), [(arms[pk], pk) for pk, arm in known if arm < arms[pk]])
        if count:
            transaction.on_commit(partial(changed, user.pk))
        return count


class Firing(models.Model):
    """An episode of an alert. Times are Unix ms.

    ``exchange_at`` is the exchange's time of what it was decided on (None: it sends none), ``received_at`` ours,
    ``fired_at`` when the condition with its hold was fulfilled, ``decided_at`` when that was known; ``late_by`` is
    above 0 if that was after downtime. ``sentence`` is the rule as it was then. An occurrence ends as it begins.
    """

    alert = models.ForeignKey("alerts.Alert", on_delete=models.CASCADE, related_name="firings", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="firings", db_index=False
    )
    arm = models.BigIntegerField()
    identity = models.CharField(max_length=200, blank=True, help_text="The exchange's name of an occurrence.")
    sentence = models.CharField(max_length=300)
    text = models.CharField(max_length=300, blank=True, help_text="What happened, if it was an occurrence.")
    value = Amount(null=True)
    exchange_at = models.BigIntegerField(null=True)
    received_at = models.BigIntegerField()
    fired_at = models.BigIntegerField()
    decided_at = models.BigIntegerField()
    late_by = models.BigIntegerField(default=0)
    ended_at = models.BigIntegerField(null=True)
    end_value = Amount(null=True)
    end_reason = models.CharField(max_length=16, blank=True)
    acknowledged_at = models.BigIntegerField(null=True)

    objects = FiringQuerySet.as_manager()

    class Meta:
        constraints = [
            # one decision for each episode, and an alert's ledger from its newest
            models.UniqueConstraint(fields=["alert", "arm"], name="firing_of_episode"),
            # what the exchange says twice happened once
            models.UniqueConstraint(
                fields=["alert", "identity"], condition=~Q(identity=""), name="firing_of_occurrence"
            ),
        ]
        indexes = [
            # a user's history over all alerts, newest first
            models.Index(fields=["user", "-id"], name="firing_of_user"),
            # the number in every page's header
            models.Index(
                fields=["user", "-id"], condition=Q(acknowledged_at__isnull=True), name="firing_unacknowledged"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id}.{self.arm}: {self.sentence}"

    @property
    def duration(self) -> int | None:
        """How long the episode was, ms; None while it goes on."""
        return None if self.ended_at is None else self.ended_at - self.fired_at
