"""Delivery: one message to one destination. Decided with its firing; sent by another loop."""

from django.db import models
from django.db.models import Q

OPEN = ("waiting", "claimed")


class DeliveryQuerySet(models.QuerySet):
    """Selections of deliveries, and the claim."""

    def due(self, now: int):
        """Those to be tried now: waiting, or claimed by somebody whose claim has run out. Oldest first."""
        return self.filter(state__in=OPEN, not_before__lte=now).order_by("not_before", "id")

    def claim(self, holder: str, now: int, until: int, most: int) -> "list[Delivery]":
        """Take at most ``most`` due ones for oneself, until ``until`` (Unix ms).

        Each is one conditional UPDATE, so any number of deliverers may ask at once. A claim that runs out, since
        its holder died, is due again: ``not_before`` is the end of the claim.
        """
        taken = []
        for row in self.due(now).values_list("pk", "not_before", "attempts")[:most]:
            mine = self.filter(pk=row[0], not_before=row[1], attempts=row[2], state__in=OPEN)
            if mine.update(state="claimed", holder=holder, not_before=until, attempts=row[2] + 1):
                taken.append(row[0])
        return list(self.filter(pk__in=taken).select_related("firing__alert", "destination").order_by("id"))


class Delivery(models.Model):
    """``occasion``: why it is told, ``number`` of which reminder. ``key`` is the same in every try (idempotency).

    ``not_before`` (Unix ms) is when it may be tried next: later than now in quiet hours, after a failed try, and
    while somebody holds it.
    """

    class Occasion(models.TextChoices):
        """Why somebody is told."""

        FIRED = "fired", "Fired"
        RECOVERED = "recovered", "Recovered"
        REMINDER = "reminder", "Reminder"
        ESCALATED = "escalated", "Escalated"
        NO_DATA = "no data", "No data"

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "Waiting"
        CLAIMED = "claimed", "Being sent"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed for good"

    alert = models.ForeignKey("alerts.Alert", on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    firing = models.ForeignKey(
        "alerts.Firing", on_delete=models.CASCADE, related_name="deliveries", null=True, blank=True
    )
    destination = models.ForeignKey(
        "alerts.Destination", on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    occasion = models.CharField(max_length=12, choices=Occasion)
    number = models.PositiveIntegerField(default=0)
    key = models.CharField(max_length=100, unique=True)
    at = models.BigIntegerField(help_text="When what it tells happened, Unix ms.")
    value = models.CharField(max_length=80, blank=True, help_text="The figure then, with all its digits.")
    decided_at = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    not_before = models.BigIntegerField()
    attempts = models.PositiveIntegerField(default=0)
    holder = models.CharField(max_length=120, blank=True)
    sent_at = models.BigIntegerField(null=True)
    error = models.CharField(max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [
            # the deliverers' queue: only what is still to be sent
            models.Index(fields=["not_before", "id"], condition=Q(state__in=OPEN), name="delivery_queue"),
            # the delivery log of an alert
            models.Index(fields=["alert", "-id"], name="delivery_of_alert"),
            # what waits for a destination, and its rate
            models.Index(fields=["destination", "-id"], name="delivery_to"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"
