"""Destination: where a user wants to be told."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction

from alerts.models.encrypted import Encrypted

PAGE = "page"


def most_destinations(user) -> int:
    """How many destinations the user's tier, as the database knows it, allows."""
    return getattr(settings.CONFIG, f"destinations_{user.tier}")


class TooManyDestinations(Exception):
    """The user has as many destinations as his tier allows; ``most`` says how many."""

    def __init__(self, tier: str, most: int) -> None:
        super().__init__(f"The {tier} tier has at most {most} destination{'' if most == 1 else 's'}.")
        self.most = most


class DestinationQuerySet(models.QuerySet):
    """Selections of destinations."""

    def of(self, user):
        """One user's."""
        return self.filter(user=user).order_by("id")

    def usable(self):
        """Verified, and not stopped."""
        return self.filter(verified_at__isnull=False, stopped_at__isnull=True)

    def add(self, user, **values):
        """A new destination. TooManyDestinations, also when several at once would go over; ValidationError."""
        with transaction.atomic():
            user = get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
            most = most_destinations(user)
            if self.filter(user=user).count() >= most:
                raise TooManyDestinations(user.get_tier_display(), most)
            destination = self.model(user=user, **values)
            destination.full_clean()
            destination.save()
        return destination


class Destination(models.Model):
    """``secret`` holds what the transport needs (address, token, key); pages show ``hint`` alone.

    Nothing is sent before ``verified_at``. A permanent failure sets ``stopped_at`` and ``trouble``, the reason
    for the user. ``digest`` is of the code that verifies it, good until ``code_until`` and for few ``code_tries``:
    see ``alerts/verify.py``. Times are Unix ms.
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
    digest = models.CharField(max_length=64, blank=True, editable=False)
    code_until = models.BigIntegerField(null=True, blank=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)

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

    def save(self, *args, **kwargs) -> None:
        """Whose pages an in-page destination means is known from its user."""
        if self.kind == PAGE and not self.secret:
            self.secret = {"user": self.user_id}
        super().save(*args, **kwargs)

    @property
    def is_usable(self) -> bool:
        """Whether something may be sent there."""
        return self.verified_at is not None and self.stopped_at is None
