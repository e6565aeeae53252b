"""What the socket's topic ``alerts`` says, read from the database."""

from typing import Any

from django.db.models import Exists, OuterRef

from alerts import shown
from alerts.models import Delivery, Firing
from alerts.models.destination import PAGE
from alerts.models.firing import MOST_COUNTED
from alerts.named import named

SHOWN = 4
"""Firings that come as rows; of the rest there is the count."""
MOST_NEW = 1000


def rows_of(user: int) -> dict[str, dict[str, Any]]:
    """``count``, and the newest firings that are not acknowledged, by number. Two queries."""
    count = Firing.objects.count_unacknowledged(user)
    told = Delivery.objects.filter(firing=OuterRef("pk"), destination__kind=PAGE, state=Delivery.State.SENT)
    firings = Firing.objects.unacknowledged(user).select_related("alert__user").annotate(is_told=Exists(told))
    newest = firings[:SHOWN] if count else []
    return {"count": {"n": count, "is_all": count < MOST_COUNTED}, **{str(one.pk): row_of(one) for one in newest}}


def row_of(firing: Any) -> dict[str, Any]:
    """One as people read it. ``at``: Unix ms. ``is_told``: on the site's pages, by a destination of that kind."""
    what = firing.text or named(firing.sentence.partition(", ")[0], firing.alert.user)
    value = shown.value(firing.alert.of, firing.value, firing.alert.user.numbers)
    return {
        "title": what[:1].upper() + what[1:],
        "text": f"Value: {value}" if value else "",
        "url": f"/alerts/{firing.alert_id}/",
        "at": firing.fired_at,
        "firing": firing.pk,
        "is_told": firing.is_told,
    }


def newest_firing(since: int | None) -> tuple[int, list[int]]:
    """The newest firing's number, and whose there are after ``since`` (None: nobody's)."""
    if since is None:
        newest = Firing.objects.order_by("-pk").values_list("pk", flat=True).first()
        return newest or 0, []
    rows = list(Firing.objects.filter(pk__gt=since).order_by("pk").values_list("pk", "user")[:MOST_NEW])
    return (rows[-1][0] if rows else since), list({user for _, user in rows})
