"""PruneRun: that the leader deleted what is older than the configuration keeps, once a day, and how it went."""

from django.db import models


class PruneRun(models.Model):
    """Times are Unix ms; ``ended_at`` is None while it goes on, or where its process ended in the midst of it.

    ``deleted`` are the rows that went, by kind; where ``error`` says something it is tried again in an hour.
    """

    began_at = models.BigIntegerField()
    ended_at = models.BigIntegerField(null=True)
    deleted = models.JSONField(default=dict)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            # when the last one was
            models.Index(fields=["-began_at"], name="prune_run_last"),
        ]

    def __str__(self) -> str:
        return self.error or ", ".join(f"{rows} {kind}" for kind, rows in self.deleted.items()) or "under way"
