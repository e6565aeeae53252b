"""Selections of deliveries, and how deliverers share them out among themselves."""

from collections import Counter
from uuid import uuid4

from cryptography.fernet import InvalidToken
from django.db import models, transaction
from django.db.models import F

OPEN = ("waiting", "claimed")
FEW = 3
"""More than so many that are due for one destination go as one message, a digest."""
MOST_TOGETHER = 500
"""Deliveries in one digest."""
UNREADABLE = "The key with which this destination was encrypted is gone. Remove the destination and add it again."


class DeliveryQuerySet(models.QuerySet):
    """Selections of deliveries, and the claim."""

    def due(self, now: int):
        """Those to be tried now: waiting, or claimed by somebody whose claim has run out. Oldest first."""
        return self.filter(state__in=OPEN, not_before__lte=now).order_by("not_before", "id")

    def claim(self, holder: str, now: int, until: int, most: int, busy=(), full=()) -> "list[list]":
        """Take messages to at most ``most`` destinations for oneself, until ``until`` (Unix ms), one for each.

        A message is a list of deliveries: one, or all that are due for the destination if they are more than a
        few; these stay together in later tries. Destinations in ``busy`` and kinds in ``full`` are left alone.
        Any number of deliverers may ask at once: rows are locked, or on SQLite the whole database is, and a row
        that somebody else has taken meanwhile is due no more. A claim that runs out, since its holder died, is
        due again: ``not_before`` is the end of the claim.
        """
        free = self.due(now).exclude(destination__in=busy)
        if full:
            free = free.exclude(destination__kind__in=full)
        if not free.exists():
            return []
        with transaction.atomic():
            locked = free.select_for_update(skip_locked=True, of=("self",)).only("id", "destination_id", "message")
            parcels = _parcels(list(locked[: most * (FEW + 1)]), free, locked, most)
            names = [_name(rows) for rows in parcels]
            for name in set(names):
                mine = [row.pk for rows, own in zip(parcels, names, strict=True) if own == name for row in rows]
                self.filter(pk__in=mine).update(
                    state="claimed", holder=holder, not_before=until, attempts=F("attempts") + 1, message=name
                )
        return self._read(parcels)

    def _read(self, parcels: list[list]) -> "list[list]":
        """The same rows with all that a message needs. Destinations whose secret no key opens are stopped."""
        try:
            return self._whole(parcels)
        except InvalidToken:
            readable = []
            for rows in parcels:
                try:
                    readable += self._whole([rows])
                except InvalidToken:
                    self._stop_unreadable(rows)
            return readable

    def _whole(self, parcels: list[list]) -> "list[list]":
        numbers = [row.pk for rows in parcels for row in rows]
        full = self.select_related("firing", "alert__user", "destination__user").in_bulk(numbers)
        found = [[full[row.pk] for row in rows if row.pk in full] for rows in parcels]
        return [rows for rows in found if rows]

    def _stop_unreadable(self, rows: list) -> None:
        destinations = self.model._meta.get_field("destination").related_model._default_manager
        destinations.filter(pk=rows[0].destination_id).update(stopped_at=rows[0].not_before, trouble=UNREADABLE)
        self.filter(pk__in=[row.pk for row in rows]).fail(UNREADABLE)

    def postpone(self, until: int, taken: list) -> None:
        """Try what waits not before ``until``, and so with these rows that were claimed; that counts as no try."""
        mine = self.model._default_manager.filter(pk__in=[row.pk for row in taken])
        mine.update(state="waiting", attempts=F("attempts") - 1, not_before=until)
        self.filter(state="waiting", not_before__lt=until).update(not_before=until)

    def give_back(self, holder: str, busy: list[int], now: int) -> None:
        """What this holder has claimed for other destinations than ``busy`` is due; that counts as no try."""
        mine = self.filter(state="claimed", holder=holder).exclude(destination__in=busy)
        mine.update(state="waiting", attempts=F("attempts") - 1, not_before=now)

    def fail(self, reason: str) -> int:
        """Give these up, for good."""
        return self.filter(state__in=OPEN).update(state="failed", error=reason[:300])


def _parcels(rows: list, free: models.QuerySet, locked: models.QuerySet, most: int) -> list[list]:
    """By destination: its oldest one, or all of the digest that it belongs to or that it begins."""
    due, parcels = Counter(row.destination_id for row in rows), {}
    if len(rows) == most * (FEW + 1):  # there are more than these, so how many for each has to be asked
        due.update(dict(free.order_by().values_list("destination").annotate(models.Count("id"))))
    for row in rows:
        destination = row.destination_id
        if destination in parcels or len(parcels) == most:
            continue
        of_destination = locked.filter(destination=destination)
        if row.message:
            parcels[destination] = list(of_destination.filter(message=row.message))
        elif due[destination] > FEW:
            parcels[destination] = list(of_destination.filter(message="")[:MOST_TOGETHER])
        else:
            parcels[destination] = [row]
    return list(parcels.values())


def _name(rows: list) -> str:
    """The key of a digest: that of an earlier try, or a new one. Empty for a message that tells one thing."""
    if len(rows) == 1 and not rows[0].message:
        return ""
    return rows[0].message or f"digest.{rows[0].destination_id}.{uuid4().hex}"
