"""Incident: a time during which a service was not well."""

from django.db import models


class Incident(models.Model):
    """Times are Unix ms; ``ended_at`` is None while it goes on, ``last_at`` when it was last seen to.

    ``worst`` is ``degraded`` or ``down``; ``reason`` is what was said when it was first that bad, for everybody,
    ``detail`` for staff.
    """

    service = models.CharField(max_length=20)
    began_at = models.BigIntegerField()
    last_at = models.BigIntegerField()
    ended_at = models.BigIntegerField(null=True)
    worst = models.CharField(max_length=10)
    reason = models.CharField(max_length=200, blank=True)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["ended_at", "began_at"], name="incident_time")]

    def __str__(self) -> str:
        return f"{self.service} {self.worst} from {self.began_at}"

    def lasted(self, now: int) -> int:
        """Ms up to its end, or to now."""
        return max(0, (now if self.ended_at is None else self.ended_at) - self.began_at)
