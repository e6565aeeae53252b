"""Message: what a Delivery, or several to one destination, says: text and HTML for people, data for programs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from alerts import shown
from alerts.models import Delivery
from alerts.named import named
from alerts.sentence import sentence
from alerts.transports.transport import Message

HELD_MS = 60_000
"""A message that comes so much after its decision says so."""
LISTED = 25
"""Of a digest, in words; the data for programs have all."""
LONGEST_TITLE = 150
Occasion = Delivery.Occasion


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery in words. ``facts`` are (name, value)."""

    title: str
    facts: tuple[tuple[str, str], ...]
    note: str
    url: str


def message(deliveries: Sequence[Delivery], key: str, now: int) -> Message:
    """Of one, or as a digest of several; ``key`` is its name in every try, ``now`` (Unix ms) when it is sent."""
    told = [tell(one, now) for one in deliveries]
    title = told[0].title if len(told) == 1 else _summary(deliveries)
    url = told[0].url if len(told) == 1 else f"{settings.CONFIG.origin}/alerts/"
    more = max(0, len(told) - LISTED)
    context = {"title": title, "told": told[:LISTED], "more": more, "is_digest": len(told) > 1, "url": url}
    return Message(
        key=key,
        title=title,
        text=_text(title, told, more, url),
        html=render_to_string("alerts/message.html", context),
        url=url,
        at=max(one.at for one in deliveries),
        data={"keys": [one.key for one in deliveries], "url": url, "messages": [data(one) for one in deliveries]},
    )


def tell(delivery: Delivery, now: int) -> Told:
    """One delivery in the words, the zone and the figures of the alert's owner."""
    alert, firing = delivery.alert, delivery.firing
    zone, metric = alert.user.timezone, alert.of
    value = Decimal(delivery.value) if delivery.value else None
    facts = [
        ("What happened", firing.text if firing else ""),
        ("Value", shown.value(metric, value, alert.user.numbers)),
        ("When", shown.moment(delivery.at, zone)),
        ("Lasted", _lasted(delivery)),
        ("Recovered", shown.moment(firing.ended_at, zone) if firing and _is_past(delivery) else ""),
        ("Late by", _late(delivery, now)),
        ("Began", shown.moment(firing.fired_at, zone) if firing and delivery.at != firing.fired_at else ""),
        ("Rule", firing.sentence if firing else ""),
    ]
    return Told(
        title=_title(delivery),
        facts=tuple((name, shown.one_line(text)) for name, text in facts if text),
        note=shown.clean(alert.note).strip(),
        url=f"{settings.CONFIG.origin}/alerts/{alert.pk}/",
    )


def _title(delivery: Delivery) -> str:
    """What happened, in one line, with the word that changes its meaning first."""
    what = _clause(delivery)
    late = delivery.firing.late_by if delivery.firing else 0
    since = ", recovered since" if _is_past(delivery) else ""
    begin = {
        Occasion.FIRED: f"Late by {shown.about(late)}: " if late else "",
        Occasion.RECOVERED: f"Recovered after {_lasted(delivery)}: " if _lasted(delivery) else "Recovered: ",
        Occasion.REMINDER: f"Reminder {delivery.number}{since}: ",
        Occasion.ESCALATED: f"Nobody has acknowledged{since}: ",
        Occasion.NO_DATA: "No data any more: ",
    }[Occasion(delivery.occasion)]
    title = begin + what
    return shown.one_line(title[:1].upper() + title[1:], LONGEST_TITLE)


def _clause(delivery: Delivery) -> str:
    """The condition without the manner in which it fires; as it was then."""
    firing = delivery.firing
    if firing and firing.text:
        return firing.text
    rule = firing.sentence if firing else sentence(delivery.alert)
    return named(rule.partition(", ")[0], delivery.alert.user)


def _is_past(delivery: Delivery) -> bool:
    """Whether somebody is reminded of what was over at that time."""
    reminds = delivery.occasion in (Occasion.REMINDER, Occasion.ESCALATED)
    ended = delivery.firing.ended_at if delivery.firing and reminds else None
    return ended is not None and ended <= delivery.at


def _lasted(delivery: Delivery) -> str:
    """How long the episode was, of one that is over."""
    if delivery.occasion != Occasion.RECOVERED or delivery.firing is None:
        return ""
    return shown.about(max(0, delivery.at - delivery.firing.fired_at))


def _late(delivery: Delivery, now: int) -> str:
    """By how much it was decided late, after downtime, or is told late, after quiet hours or trouble."""
    decided = delivery.firing.late_by if delivery.firing and delivery.occasion == Occasion.FIRED else 0
    held = now - delivery.decided_at
    said = [f"{shown.about(decided)}, since nobody watched then"] if decided else []
    if held >= HELD_MS:
        said.append(f"{shown.about(held)}, by quiet hours or trouble on the way")
    return "; ".join(said)


def _summary(deliveries: Sequence[Delivery]) -> str:
    """``12 alerts: 9 fired, 3 recovered``."""
    counted = Counter(Occasion(one.occasion).label.lower() for one in deliveries)
    return f"{len(deliveries)} messages: {', '.join(f'{count} {word}' for word, count in counted.most_common())}"


def _text(title: str, told: Sequence[Told], more: int, url: str) -> str:
    if len(told) == 1:
        lines = [f"{name}: {value}" for name, value in told[0].facts]
        return "\n".join([title, "", *lines, *(["", told[0].note] if told[0].note else []), "", url])
    listed = [f"- {one.title} ({', '.join(value for _, value in one.facts[:2])})" for one in told[:LISTED]]
    return "\n".join([title, "", *listed, *([f"and {more} more"] if more else []), "", url])


def data(delivery: Delivery) -> dict[str, Any]:
    """For programs: amounts as text with all their digits, times in Unix ms, null where there is none."""
    alert, firing = delivery.alert, delivery.firing
    has_recovered = delivery.occasion == Occasion.RECOVERED
    return {
        "key": delivery.key,
        "occasion": delivery.occasion,
        "number": delivery.number,
        "alert": alert.pk,
        "metric": alert.metric,
        "coin": alert.coin,
        "address": alert.address,
        "threshold": f"{alert.threshold:f}",
        "value": delivery.value or None,
        "at": delivery.at,
        "decided_at": delivery.decided_at,
        "sentence": firing.sentence if firing else None,
        "text": firing.text if firing else "",
        "firing": firing.pk if firing else None,
        "fired_at": firing.fired_at if firing else None,
        "exchange_at": firing.exchange_at if firing else None,
        "received_at": firing.received_at if firing else None,
        "recovered_at": firing.ended_at if firing and (_is_past(delivery) or has_recovered) else None,
        "late_by": firing.late_by if firing else 0,
        "duration": delivery.at - firing.fired_at if firing and has_recovered else None,
        "note": alert.note,
        "tags": [tag for tag in alert.tags.split(",") if tag],
        "url": f"{settings.CONFIG.origin}/alerts/{alert.pk}/",
    }
