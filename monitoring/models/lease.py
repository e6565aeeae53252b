"""Who leads: the lease row."""

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
