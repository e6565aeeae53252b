"""Rereads: which rules there are, and which have changed since the evaluator last took note of them."""

from collections.abc import Iterator

from django.db import connection, transaction

from accounts.models import Wallet
from alerts.decide import Guard, pass_guard, watched_of
from alerts.metrics import METRICS
from alerts.metrics.metric import COIN
from alerts.models import Alert, Evaluation
from alerts.waiting import is_over
from alerts.work import Watched
from snapshots.prepared import prepared_cursor

AT_ONCE = 2000


def everything() -> Iterator[Watched]:
    """All alerts that are to be watched, as they are stored; ``changed`` notes those that are new."""
    for alert in Alert.objects.watched().iterator(AT_ONCE):
        yield watched_of(alert, alert.pk)


def rules(now: int, guard: Guard) -> tuple[list[Watched], dict[str, tuple[str, ...]], int]:
    """All rules that are to be watched, ``members`` and ``decided_until``. What is new counts from ``now`` on, and
    not for what is shown of the past."""
    while changed(now, guard):
        pass
    return list(everything()), members(), decided_until()


def changed(now: int, guard: Guard) -> list[Watched]:
    """At most ``AT_ONCE`` rules that nobody has noted, noted as seen ``now`` (Unix ms): they count from then."""
    alerts = unseen()
    note_seen(alerts, now, guard)
    return watched(alerts)


def unseen() -> list[Alert]:
    """The rows of these."""
    return list(Alert.objects.unseen().select_related("user")[:AT_ONCE])


def watched(alerts: list[Alert]) -> list[Watched]:
    """Where they are to be watched, if at all."""
    return [watched_of(alert if _is_watched(alert) else None, alert.pk) for alert in alerts]


def note_seen(alerts: list[Alert], now: int, guard: Guard) -> None:
    """They count from ``now`` on, as they were read, or from when they did before: ``Alert.edit`` says which begin
    anew. One that has changed since is still unseen: by its version."""
    notes = [(a.version, a.seen_at or now, a.pk) for a in alerts]
    if not notes:
        return
    with transaction.atomic():
        with prepared_cursor(connection) as cursor:
            cursor.executemany("UPDATE alerts_alert SET seen_version = %s, seen_at = %s WHERE id = %s", notes)
        pass_guard(guard)


def members() -> dict[str, tuple[str, ...]]:
    """The wallets of users who have an alert on "my wallets", as ``user:<id>``."""
    ours = [name for name, metric in METRICS.items() if metric.scope != COIN]
    users = Alert.objects.active().filter(address="", metric__in=ours).values("user")
    found: dict[str, tuple[str, ...]] = {}
    for user, address in Wallet.objects.filter(user__in=users).order_by("id").values_list("user", "address"):
        found[f"user:{user}"] = (*found.get(f"user:{user}", ()), address)
    return found


def note_all(guard: Guard, alerts: list[Alert], seen_at: int, far: dict[str, int | str]) -> None:
    """``note_seen``, then ``note``."""
    note_seen(alerts, seen_at, guard)
    note(guard, far)


def note(guard: Guard, far: dict[str, int | str]) -> None:
    """Write down how far the evaluator is; ``seen_until`` of 0 (nothing was heard yet) is not written."""
    values = {name: value for name, value in far.items() if value or name != "seen_until"}
    with transaction.atomic():
        Evaluation.objects.update_or_create(name="main", defaults=values)
        pass_guard(guard)


def decided_until() -> int:
    """Up to when everything that was received has been decided, Unix ms; 0: nothing has."""
    return Evaluation.objects.filter(name="main").values_list("seen_until", flat=True).first() or 0


def _is_watched(alert: Alert) -> bool:
    return alert.is_active and alert.user.is_active and not is_over(alert.rule, alert.state)
