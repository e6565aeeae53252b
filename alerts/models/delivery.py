"""Delivery: one message to one destination. Decided with its firing; sent by another loop."""

from django.db import models
from django.db.models import Q

from alerts.models.delivery_rows import OPEN, DeliveryQuerySet


class Delivery(models.Model):
    """``occasion``: why it is told, ``number`` of which reminder. ``key`` is the same in every try (idempotency).

    ``message`` is the key of the digest that tells it together with others, if one does.
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
    message = models.CharField(max_length=60, blank=True, default="")
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
