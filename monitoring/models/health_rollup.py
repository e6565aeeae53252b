"""HealthRollup: how many of a minute's, an hour's or a day's measurements said what of a service."""

from django.db import models

from exchange.figures import utc_moment


class Span(models.TextChoices):
    """How long a roll-up is; days are days of UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def ms(self) -> int:
        """Its length."""
        return {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}[self.value]


class HealthRollup(models.Model):
    """From ``start`` (Unix ms) on. Latencies are ms, of the ``latencies`` measurements that had one."""

    span = models.CharField(max_length=6, choices=Span.choices)
    service = models.CharField(max_length=20)
    start = models.BigIntegerField()
    up = models.PositiveIntegerField(default=0)
    degraded = models.PositiveIntegerField(default=0)
    down = models.PositiveIntegerField(default=0)
    unknown = models.PositiveIntegerField(default=0)
    not_used = models.PositiveIntegerField(default=0)
    latencies = models.PositiveIntegerField(default=0)
    latency_sum = models.FloatField(default=0.0)
    latency_max = models.FloatField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["span", "start", "service"], name="one_rollup_a_span")]

    def __str__(self) -> str:
        return f"{self.service}, {self.span} of {utc_moment(self.start)}"
