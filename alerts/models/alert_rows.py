"""Selections of alerts, and how one is added within its user's limit."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Q

from alerts.rule import DONE

UNSEEN = Q(version__gt=F("seen_version"))
REMINDS = Q(acknowledged__lt=F("arm")) & (
    Q(remind_every__gt=0)
    & (Q(expires_at=None) | Q(expires_at__gt=F("fired_at") + F("remind_every") * (F("reminders") + 1)))
    | Q(escalate_after__gt=0, escalate_to__isnull=False, escalated=False)
    & (Q(expires_at=None) | Q(expires_at__gt=F("fired_at") + F("escalate_after")))
)
"""The newest episode is not acknowledged, and there is something still to come of that (``waiting.due``)."""


def most_alerts(user) -> int:
    """How many alerts the user's tier, as the database knows it, allows."""
    return getattr(settings.CONFIG, f"alerts_{user.tier}")


class TooManyAlerts(Exception):
    """The user has as many alerts as his tier allows; ``most`` says how many."""

    def __init__(self, tier: str, most: int) -> None:
        super().__init__(f"The {tier} tier has at most {most} alert{'' if most == 1 else 's'}.")
        self.most = most


def may_resume(alert) -> None:
    """ValidationError if its user has enough unpaused ones, as after a move to a lower tier. In a transaction."""
    user = get_user_model().objects.select_for_update(no_key=True).get(pk=alert.user_id)
    most = most_alerts(user)
    if type(alert).objects.filter(user=user, is_active=True).exclude(pk=alert.pk).count() >= most:
        raise ValidationError({"is_active": f"{TooManyAlerts(user.get_tier_display(), most)} Pause one first."})


class AlertQuerySet(models.QuerySet):
    """Selections of alerts."""

    def of(self, user):
        """One user's, newest first."""
        return self.filter(user=user).order_by("-id")

    def active(self):
        """Those that may fire."""
        return self.filter(is_active=True, user__is_active=True).exclude(phase=DONE)

    def watched(self):
        """Those that the evaluator watches: also such as have fired for the last time, and remind of that."""
        return self.filter(~Q(phase=DONE) | REMINDS, is_active=True, user__is_active=True)

    def unseen(self):
        """Those changed since the evaluator last took note of them. Exact: no clock is compared."""
        return self.filter(UNSEEN).order_by("id")

    def tagged(self, tag: str):
        """Those with this tag."""
        return self.filter(tags__contains=f",{' '.join(tag.replace(',', ' ').lower().split())},")

    def add(self, user, destinations=(), **values):
        """A new alert of the user. TooManyAlerts, also when several at once would go over; ValidationError."""
        with transaction.atomic():
            user = get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
            most = most_alerts(user)
            if self.filter(user=user).count() >= most:
                raise TooManyAlerts(user.get_tier_display(), most)
            alert = self.model(user=user, **values)
            alert.full_clean()
            alert.save()
            alert.destinations.set(destinations)
        return alert
