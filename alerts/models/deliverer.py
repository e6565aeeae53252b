"""Deliverer: a process that sends messages, and that it is alive."""

from typing import Any

from django.db import models

KEPT_MS = 86_400_000
"""One that has not been heard of for a day is forgotten."""


class DelivererQuerySet(models.QuerySet):
    """What deliverers say of themselves."""

    def note(self, holder: str, now: int, **values: Any) -> None:
        """``holder`` has completed a round at ``now`` (Unix ms); ``sent_at``, ``trouble`` as the columns say."""
        self.update_or_create(holder=holder, defaults={"round_at": now, **values})
        self.filter(round_at__lt=now - KEPT_MS).delete()

    def give_up(self, holder: str) -> None:
        """It ends as it was told to."""
        self.filter(holder=holder).delete()


class Deliverer(models.Model):
    """One row for each process. ``round_at`` is the end of its last completed round, ``sent_at`` when a receiver
    last took something of it (0: never yet), ``trouble`` what keeps it from sending at all. Times are Unix ms."""

    holder = models.CharField(max_length=120, primary_key=True)
    round_at = models.BigIntegerField(default=0)
    sent_at = models.BigIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)

    objects = DelivererQuerySet.as_manager()

    def __str__(self) -> str:
        return self.holder
