"""How long is kept what alerts did: the daily pruning of history (``snapshots.retention``) deletes these, too.

Messages go before their firings. Nothing goes that is open or still to be sent, nor an alert's last step before
the moment up to which steps go: it says in which phase the alert was then. Nor an episode of which its user is
still reminded: he has to be able to acknowledge it.
"""

from django.db.models import Exists, OuterRef, Q

from alerts.models import Alert, Delivery, Firing, Step
from alerts.models.alert_rows import REMINDS
from alerts.models.delivery import OPEN
from snapshots.retention import KINDS, Kind

STEPS_DAYS = 30
"""Steps are many, and are asked for (why?) soon or never; firings say for longer what came of them."""


def _days(config) -> int:
    return config.retention_alerts_days


def _steps_days(config) -> int:
    return min(STEPS_DAYS, config.retention_alerts_days)


def _is_not_the_last(before: int) -> Exists:
    later = Step.objects.filter(alert=OuterRef("alert"), at__lt=before)
    return Exists(later.filter(Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))))


def _is_told_and_done(before: int) -> Q:
    stays = Q(state__in=OPEN) | Q(decided_at__gte=before)
    reminds = Alert.objects.filter(REMINDS, pk=OuterRef("alert"), arm=OuterRef("arm"))
    return Q(~Exists(Delivery.objects.filter(stays, firing=OuterRef("pk")))) & Q(~Exists(reminds))


ALERT_KINDS = (
    Kind("steps of alerts", Step, _steps_days, "at", "pk", lambda before: Q(_is_not_the_last(before))),
    Kind(
        "messages of alerts",
        Delivery,
        _days,
        "decided_at",
        "pk",
        lambda before: ~Q(state__in=OPEN),
    ),
    Kind("firings", Firing, _days, "ended_at", "pk", _is_told_and_done),
)


def join() -> None:
    """Once, when the app is loaded."""
    KINDS.extend(kind for kind in ALERT_KINDS if kind not in KINDS)
