"""Who leads, and what the leader says of itself."""

from typing import Any

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest


class LeaseQuerySet(models.QuerySet):
    """Each step is one conditional UPDATE, so it holds through poolers, on SQLite and on Postgres."""

    def take(self, name: str, holder: str, now: int, until: int) -> int | None:
        """Take a lease that is free or has run out at ``now`` (ms); its new fencing number, or None.

        The number is at least the Unix second, so that it rises also when the row comes back from an old backup.
        """
        self.get_or_create(name=name)
        free = Q(expires_at__lte=now)
        higher = Greatest(F("number") + 1, Value(now // 1000))
        if not self.filter(free, name=name).update(holder=holder, expires_at=until, number=higher):
            return None
        return self.filter(name=name, holder=holder).values_list("number", flat=True).first()

    def renew(self, name: str, holder: str, number: int, until: int) -> bool:
        """Whether the lease was still ours and now is until ``until`` (ms)."""
        return bool(self.filter(name=name, holder=holder, number=number).update(expires_at=until))

    def is_held(self, name: str, number: int) -> bool:
        """Whether this is still the fencing number; nobody can take the lease until the transaction ends."""
        return bool(list(self.select_for_update().filter(name=name, number=number).values_list("number")))

    def give_back(self, name: str, holder: str, number: int) -> None:
        """Let the next one take it at once."""
        self.filter(name=name, holder=holder, number=number).update(expires_at=0)


class Lease(models.Model):
    """The right to lead, until ``expires_at`` (Unix ms). ``number`` rises with each new leader and never falls."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=120, default="")
    expires_at = models.BigIntegerField(default=0)
    number = models.BigIntegerField(default=0)

    objects = LeaseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} {self.number}: {self.holder}"


class HeartbeatQuerySet(models.QuerySet):
    """One row for each name; what a leader writes, it writes under its fencing number."""

    def say(self, name: str, number: int, at: int, detail: dict[str, Any]) -> None:
        """The newest word; to be called in a transaction that ends with the leader's guard."""
        self.update_or_create(name=name, defaults={"number": number, "at": at, "detail": detail})


class Heartbeat(models.Model):
    """``at`` is when ``name`` last completed what it is for (Unix ms), ``detail`` plain figures of how it goes."""

    name = models.CharField(max_length=40, primary_key=True)
    number = models.BigIntegerField(default=0)
    at = models.BigIntegerField(default=0)
    detail = models.JSONField(default=dict)

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"
