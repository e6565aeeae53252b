"""BackfillProgress: how far the reading of an account's past has come, one row for each stream of it."""

from django.db import models


class BackfillProgress(models.Model):
    """Times are Unix ms. This reading began at ``since``; ``first`` and ``reached`` are the times of the first
    row and of the last one that is stored.

    ``rows`` counts what the exchange sent in this reading, known rows too. ``is_cut`` says that the
    exchange keeps no more than it gave: what is older than the first row cannot be had. A failed reading is
    tried again at ``retry_at``; None is at once.
    """

    class State(models.TextChoices):
        """Waiting for its turn, being read, read to the end, or stopped by ``error`` and tried again."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being read"
        DONE = "done", "Done"
        FAILED = "failed", "Will be tried again"

    account = models.ForeignKey(
        "snapshots.Account", on_delete=models.CASCADE, related_name="backfills", db_index=False
    )
    stream = models.CharField(max_length=16)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    began_at = models.BigIntegerField(null=True)
    ended_at = models.BigIntegerField(null=True)
    retry_at = models.BigIntegerField(null=True)
    since = models.BigIntegerField(default=0)
    first = models.BigIntegerField(null=True)
    reached = models.BigIntegerField(null=True)
    rows = models.BigIntegerField(default=0)
    is_cut = models.BooleanField(default=False)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name_plural = "backfill progress"
        constraints = [
            # a wallet's progress, all its streams
            models.UniqueConstraint(fields=["account", "stream"], name="backfill_of_stream"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.state}"
