"""HealthMetric: one measurement of one service at one time."""

from django.db import models
from django.db.models import Max

from exchange.figures import utc_moment
from monitoring.line import STATES


class HealthMetricQuerySet(models.QuerySet):
    """Rows of all services share their moments, which are ten seconds apart."""

    def newest_at(self, now: int) -> int:
        """The newest moment (Unix ms) that is stored up to now, 0 for none: a clock may have been wrong."""
        return self.filter(at__lte=now).aggregate(Max("at"))["at__max"] or 0


class HealthMetric(models.Model):
    """``at``: the begin (Unix ms) of the ten seconds of which this was the worst measurement; ``latency``: ms."""

    service = models.CharField(max_length=20)
    at = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=[(state, state) for state in STATES])
    latency = models.FloatField(null=True)
    detail = models.CharField(max_length=300, blank=True)

    objects = HealthMetricQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["at", "service"], name="one_measurement_at_a_time")]

    def __str__(self) -> str:
        return f"{self.service} at {utc_moment(self.at)}: {self.status}"
