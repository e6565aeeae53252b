"""Writes down how messages fared: sent, again later, or failed for good with the reason for the user."""

import logging
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from django.db import transaction

from alerts import bulk
from alerts.models import Delivery, Destination
from alerts.transports import Permanent, Temporary

log = logging.getLogger(__name__)

FIRST_S, MOST_S, GROWTH = 5.0, 900.0, 2.0
"""Delay after the first failure, the longest, and by how much each is longer than the one before."""


class Ended(NamedTuple):
    """A try that came back ``at`` (Unix ms): ``error`` is None if the receiver has it."""

    parcel: list[Delivery]
    service: str
    error: Exception | None
    at: int

    @property
    def destination(self) -> Any:
        """The destination."""
        return self.parcel[0].destination


def write_down(ended: Sequence[Ended], holder: str, now: int, give_up_ms: int, random: Random) -> list[int]:
    """All of it in one transaction; by how many ms those were late that went at once and were not held back."""
    sent = [(one, row) for one in ended if one.error is None for row in one.parcel]
    with transaction.atomic():
        # whoever holds them now: they have got there
        bulk.update(Delivery, ("state", "sent_at", "error"), [("sent", one.at, "", row.pk) for one, row in sent])
        for one in ended:
            mine = Delivery.objects.filter(pk__in=[row.pk for row in one.parcel], state="claimed", holder=holder)
            if isinstance(one.error, Permanent):
                mine.fail(str(one.error))
                if one.error.stops:
                    _stop(one, now)
            elif one.error is not None:
                _again(mine, one, now, give_up_ms, random)
    return [one.at - row.decided_at for one, row in sent if row.attempts == 1 and row.alert.quiet is None]


def _stop(one: Ended, now: int) -> None:
    """The destination is of no use until the user has done something; what waits for it is not kept for then."""
    destination, reason = one.destination, str(one.error)[:300]
    log.warning("destination %s is stopped: %s", destination.pk, one.error)
    Destination.objects.filter(pk=destination.pk, stopped_at__isnull=True).update(stopped_at=now, trouble=reason)
    Delivery.objects.filter(destination=destination, state="waiting").fail(f"Stopped: {reason}")


def _again(mine: Any, one: Ended, now: int, give_up_ms: int, random: Random) -> None:
    """Later, each time after a longer while; unless it is too late for that."""
    reason = str(one.error)
    asked = one.error.retry_after if isinstance(one.error, Temporary) else None
    then = now + round(delay_s(max(row.attempts for row in one.parcel), asked, random) * 1000)
    late = [row.pk for row in one.parcel if then - row.decided_at > give_up_ms and row.attempts > 1]
    if late:
        hours = give_up_ms / 3_600_000
        mine.filter(pk__in=late).fail(f"Given up after {hours:g} h. The last answer: {reason}")
    mine.exclude(pk__in=late).update(state="waiting", not_before=then, error=reason[:300])


def delay_s(attempts: int, asked: float | None, random: Random) -> float:
    """Seconds until the next try, after so many; never sooner than the receiver asked for."""
    jitter = random.uniform(0.75, 1.25)
    own = min(MOST_S, FIRST_S * GROWTH ** min(attempts - 1, 30)) * jitter
    return own if asked is None else max(FIRST_S / 5, asked) * (1 + abs(jitter - 1) / 2)
