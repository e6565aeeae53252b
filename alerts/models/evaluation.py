"""Evaluation: how far the evaluator is; written by the one that leads."""

from django.db import models


class Evaluation(models.Model):
    """One row. ``number`` is the leader's fencing number; times are Unix ms.

    Everything received up to ``seen_until`` has been evaluated and committed: what came later, before a crash, is
    looked up in candles. ``round_at`` is the end of the last completed round by the wall clock.
    """

    name = models.CharField(max_length=20, primary_key=True, default="main")
    number = models.BigIntegerField(default=0)
    started_at = models.BigIntegerField(default=0)
    round_at = models.BigIntegerField(default=0)
    seen_until = models.BigIntegerField(default=0)
    rules = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
