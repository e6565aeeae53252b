"""Rereads: which rules there are, and which have changed since the evaluator last took note of them."""

from collections.abc import Iterator

from django.db import connection, transaction

from accounts.models import Wallet
from alerts.decide import Guard, pass_guard, place_of
from alerts.metrics import METRICS
from alerts.metrics.metric import COIN
from alerts.models import Alert, Evaluation
from alerts.rule import DONE, NEW
from alerts.watch import Place

AT_ONCE = 2000


def everything() -> Iterator[Place]:
    """All alerts that are to be watched, as they are stored; ``changed`` notes those that are new."""
    for alert in Alert.objects.active().iterator(AT_ONCE):
        yield place_of(alert, alert.pk)


def rules(now: int, guard: Guard) -> tuple[list[Place], dict[str, tuple[str, ...]], int]:
    """All rules that are to be watched, ``members`` and ``decided_until``. What is new counts from ``now`` on, and
    not for what is shown of the past."""
    while changed(now, guard):
        pass
    return list(everything()), members(), decided_until()


def changed(now: int, guard: Guard) -> list[Place]:
    """At most ``AT_ONCE`` rules that nobody has noted yet, noted as seen ``now`` (Unix ms): they count from then.

    Noted in one transaction with the look, so that no change can slip through between.
    """
    with transaction.atomic():
        rows = Alert.objects.unseen().select_related("user").select_for_update(of=("self",))[:AT_ONCE]
        alerts = list(rows)
        notes = [(a.version, now if a.phase == NEW else a.seen_at, a.pk) for a in alerts]
        if notes:
            with connection.cursor() as cursor:
                cursor.executemany("UPDATE alerts_alert SET seen_version = %s, seen_at = %s WHERE id = %s", notes)
        pass_guard(guard)
    return [place_of(alert if _is_watched(alert) else None, alert.pk) for alert in alerts]


def members() -> dict[str, tuple[str, ...]]:
    """The wallets of users who have an alert on "my wallets", as ``user:<id>``."""
    ours = [name for name, metric in METRICS.items() if metric.scope != COIN]
    users = Alert.objects.active().filter(address="", metric__in=ours).values("user")
    found: dict[str, tuple[str, ...]] = {}
    for user, address in Wallet.objects.filter(user__in=users).order_by("id").values_list("user", "address"):
        found[f"user:{user}"] = (*found.get(f"user:{user}", ()), address)
    return found


def note(guard: Guard, **values: int | str) -> None:
    """Write down how far the evaluator is; ``seen_until`` of 0 (nothing was heard yet) is not written."""
    if not values.get("seen_until"):
        values.pop("seen_until", None)
    with transaction.atomic():
        Evaluation.objects.update_or_create(name="main", defaults=values)
        pass_guard(guard)


def decided_until() -> int:
    """Up to when everything that was received has been decided, Unix ms; 0: nothing has."""
    return Evaluation.objects.filter(name="main").values_list("seen_until", flat=True).first() or 0


def _is_watched(alert: Alert) -> bool:
    return alert.is_active and alert.user.is_active and alert.phase != DONE
