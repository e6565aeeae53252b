"""Telling: which messages a decision means, to which destinations, and not before when."""

from collections import defaultdict
from collections.abc import Iterable

from alerts.models import Alert, Delivery, Destination, Firing
from alerts.rule import Transition
from alerts.verdict import TOO_LATE_MS, Verdict
from alerts.waiting import is_snoozed

OCCASIONS = {
    "fired": Delivery.Occasion.FIRED,
    "recovered": Delivery.Occasion.RECOVERED,
    "reminder": Delivery.Occasion.REMINDER,
    "escalated": Delivery.Occasion.ESCALATED,
    "no data": Delivery.Occasion.NO_DATA,
}


def deliveries(verdicts: Iterable[Verdict], now: int) -> list[Delivery]:
    """All of them, for firings that have their keys already. Three queries at most."""
    speaking = [verdict for verdict in verdicts if verdict.told]
    if not speaking:
        return []
    destinations, escalations = _destinations(speaking)
    earlier = _episodes(speaking)
    rows = []
    for verdict in speaking:
        alert = verdict.alert
        for made, firing in verdict.told:
            if made.what != "no data":
                firing = firing or earlier.get((alert.pk, made.arm))
            if _is_silent(alert, made, firing, now):
                continue
            to = escalations.get(alert.pk, []) if made.what == "escalated" else destinations[alert.pk]
            rows += [_delivery(alert, OCCASIONS[made.what], made, firing, one, now, verdict) for one in to]
    return rows


def _is_silent(alert: Alert, made: Transition, firing: Firing | None, now: int) -> bool:
    """Too long ago to be told, or of an episode that was; or a recovery that nobody wants to hear of.

    Nor is anybody reminded of an episode of which no row is left that could be acknowledged.
    """
    if made.what in ("reminder", "escalated") and firing is None:
        return True
    if made.what == "no data" and is_snoozed(alert.rule, now):
        return True
    if made.what == "recovered" and not (alert.tells_recovery and firing and firing.late_by <= TOO_LATE_MS):
        return True
    too_late = now - made.at > TOO_LATE_MS
    return too_late and (made.what == "fired" or firing is None or firing.late_by > TOO_LATE_MS)


def _delivery(alert, occasion, made: Transition, firing, destination: int, now: int, verdict: Verdict) -> Delivery:
    number = verdict.machine.state.reminders if made.what == "reminder" else 0
    episode = made.at if occasion == Delivery.Occasion.NO_DATA else made.arm
    # a reminder's moment, since its number begins again when another span is asked for
    which = made.at if made.what == "reminder" else 0
    quiet = alert.quiet
    return Delivery(
        alert=alert,
        firing=firing,
        destination_id=destination,
        occasion=occasion,
        number=number,
        key=f"{alert.pk}.{episode}.{occasion.replace(' ', '-')}.{which}.{destination}",
        at=made.at,
        value="" if made.value is None else f"{made.value:f}",
        decided_at=now,
        not_before=quiet.deliver_from(now) if quiet else now,
    )


def _destinations(verdicts: list[Verdict]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Usable destinations by alert, and those to escalate to."""
    alerts = [verdict.alert for verdict in verdicts]
    usable = set(
        Destination.objects.usable()
        .filter(user__in={alert.user_id for alert in alerts})
        .values_list("pk", flat=True)
    )
    through = Alert.destinations.through.objects.filter(alert__in=[alert.pk for alert in alerts])
    destinations: dict[int, list[int]] = defaultdict(list)
    for alert, destination in through.order_by("destination").values_list("alert", "destination"):
        if destination in usable:
            destinations[alert].append(destination)
    return destinations, {a.pk: [a.escalate_to_id] for a in alerts if a.escalate_to_id in usable}


def _episodes(verdicts: list[Verdict]) -> dict[tuple[int, int], Firing]:
    """Open episodes that began earlier and are told of now."""
    wanted = [verdict.alert.pk for verdict in verdicts if any(firing is None for _, firing in verdict.told)]
    if not wanted:
        return {}
    arms = {(v.alert.pk, made.arm) for v in verdicts for made, firing in v.told if firing is None}
    rows = Firing.objects.filter(alert__in=wanted, arm__in={arm for _, arm in arms})
    return {(firing.alert_id, firing.arm): firing for firing in rows if (firing.alert_id, firing.arm) in arms}
