"""A user's alerts as a JSON text, to be kept or moved to another installation; and back.

    {"format": "hyperliquid-dashboard alerts", "version": 1, "alerts": [{"metric": "mark", "coin": "BTC", …}]}

Spans are written ``5 min``, moments ``2026-12-01T10:00:00.000Z``, amounts as texts with all their digits,
destinations by their labels. What a text does not name is usual. Nothing is brought in unless all of it can be.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction

from alerts.models import Alert, Destination, TooManyAlerts
from alerts.models.alert_rows import most_alerts
from alerts.portable_read import FIELDS, Broken, Problem, values_of
from alerts.portable_text import Entry, read_text
from alerts.rule import ABOVE
from alerts.sentence import number, sentence
from alerts.tags import apart
from exchange.spans import moment, span

FORMAT, VERSION = "hyperliquid-dashboard alerts", 1
MOST_SAID = 20


def dump(alerts: Iterable[Alert]) -> str:
    """All of these as a text; oldest first, so that they come back in their order. Secrets are in none of it."""
    entries = [entry_of(alert) for alert in alerts]
    return (
        json.dumps({"format": FORMAT, "version": VERSION, "alerts": entries}, indent=2, ensure_ascii=False) + "\n"
    )


def entry_of(alert: Alert) -> dict[str, Any]:
    """One alert; ``sentence`` is for people and is not read back."""
    found: dict[str, Any] = {"sentence": sentence(alert)}
    for name, field in FIELDS.items():
        value = getattr(alert, field.column)
        if value in (None, "", 0) and not isinstance(value, bool) and name != "threshold":
            continue
        found[name] = _said(field.kind, value)
    destinations = [destination.label for destination in alert.destinations.all()]
    return found | ({"destinations": destinations} if destinations else {}) | (
        {"escalate_to": alert.escalate_to.label} if alert.escalate_to else {}
    )  # fmt: skip


def _said(kind: str, value: Any) -> Any:
    match kind:
        case "amount":
            return number(value)
        case "span":
            return span(value)
        case "moment":
            return moment(value)
        case "time":
            return f"{value:%H:%M}"
        case "side":
            return "above" if value == ABOVE else "below"
        case "tags":
            return apart(value)
    return value


def bring(user: Any, text: str, is_listed: Callable[[str], bool] = bool) -> list[Alert]:
    """Make all alerts of the text. Broken says what is wrong and where, and then none was made.

    ``is_listed`` is asked whether the exchange has a coin; who cannot know says yes.
    """
    entries = read_text(text, FORMAT, VERSION)
    destinations = {destination.label: destination for destination in Destination.objects.of(user)}
    with transaction.atomic():
        user = get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)
        room(user, len(entries))
        made = [judged(user, entry, destinations, is_listed) for entry in entries]
        problems = [problem for one in made for problem in one[2]]
        if problems:
            raise Broken(problems)
        alerts = Alert.objects.bulk_create(alert for alert, _, _ in made)
        through = Alert.destinations.through
        through.objects.bulk_create(
            through(alert_id=alert.pk, destination_id=destination.pk)
            for alert, told, _ in made
            for destination in dict.fromkeys(told)
        )
    return alerts


def room(user: Any, count: int) -> None:
    """Broken unless the user's tier has room for so many more."""
    most, held = most_alerts(user), Alert.objects.filter(user=user).count()
    if held + count > most:
        full = TooManyAlerts(user.get_tier_display(), most)
        raise Broken([Problem(None, "", f"{full} You have {held}, and the file brings {count}.")])


def judged(
    user: Any, entry: Entry, destinations: dict[str, Destination], is_listed: Callable[[str], bool]
) -> tuple[Alert, list[Destination], list[Problem]]:
    """One alert, not stored yet, whom it tells, and what is wrong with it."""
    values, told, problems = values_of(entry, destinations)
    alert = Alert(user=user, **values)
    wrong = {problem.field for problem in problems}
    try:
        alert.full_clean(exclude=["user"])
    except ValidationError as error:
        spelt = {field.column: name for name, field in FIELDS.items()}
        for column, texts in error.message_dict.items():
            name = spelt.get(column, column)
            if name not in wrong:
                problems.append(Problem(entry, name, " ".join(texts)))
    if alert.coin and not is_listed(alert.coin):
        problems.append(Problem(entry, "coin", f"There is no market called “{alert.coin}”."))
    return alert, told, problems


__all__ = ["Broken", "bring", "dump"]
