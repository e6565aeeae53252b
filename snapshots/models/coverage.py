"""Coverage: for which times a stored stream is known to be complete, and where it is known not to be."""

from django.db import models
from django.db.models import F, Q


class Coverage(models.Model):
    """``start`` <= time < ``end``, Unix ms, of a ``stream``: ``fills:0x…``, ``trades:BTC`` ...

    Rows of one stream never overlap. Where there is none, nothing is claimed: before the first is before the
    record begins, and 0 as a start means from the very beginning. Changed by ``snapshots.coverage`` alone.
    """

    class State(models.TextChoices):
        """Covered: everything that happened then is stored. Gap: something may be missing, for ``reason``."""

        COVERED = "covered", "Covered"
        GAP = "gap", "Gap"

    stream = models.CharField(max_length=80)
    start = models.BigIntegerField()
    end = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State)
    reason = models.CharField(max_length=200, blank=True)
    updated_at = models.BigIntegerField()

    class Meta:
        constraints = [
            # the rows of a stream in order: every history page
            models.UniqueConstraint(fields=["stream", "start"], name="coverage_of_stream"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="coverage_is_some_time"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.state} {self.start} to {self.end}"
