"""Destination: a place that a user wants to be told at."""

from django.conf import settings
from django.db import models

from alerts.models.encrypted import Encrypted


class DestinationQuerySet(models.QuerySet):
    """Selections of destinations."""

    def of(self, user):
        """One user's."""
        return self.filter(user=user).order_by("id")

    def usable(self):
        """Verified, and not stopped."""
        return self.filter(verified_at__isnull=False, stopped_at__isnull=True)


class Destination(models.Model):
    """``secret`` holds what the transport needs (address, token, key); pages show ``hint`` alone.

    Nothing is sent before ``verified_at``. A permanent failure sets ``stopped_at`` and ``trouble``, the reason
    for the user. Times are Unix ms.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="destinations", db_index=False
    )
    kind = models.CharField(max_length=16, help_text="The transport: email, telegram, webhook, push, page …")
    label = models.CharField(max_length=60)
    hint = models.CharField(max_length=80, blank=True, help_text="The address with its middle hidden.")
    secret = Encrypted(blank=True, default=dict)
    per_minute = models.PositiveIntegerField(default=20, help_text="Most messages in a minute.")
    created_at = models.DateTimeField(auto_now_add=True)
    verified_at = models.BigIntegerField(null=True, blank=True)
    stopped_at = models.BigIntegerField(null=True, blank=True)
    trouble = models.CharField(max_length=300, blank=True)

    objects = DestinationQuerySet.as_manager()

    class Meta:
        constraints = [
            # a user's list, and the choice of one by its name
            models.UniqueConstraint(
                fields=["user", "label"],
                name="destination_label",
                violation_error_message="You have a destination of this name already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.kind})"

    @property
    def is_usable(self) -> bool:
        """Whether something may be sent there."""
        return self.verified_at is not None and self.stopped_at is None
