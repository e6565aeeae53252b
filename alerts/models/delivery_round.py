"""DeliveryRound: how a running deliverer is doing; written by itself every few seconds."""

from django.db import models


class DeliveryRound(models.Model):
    """``round_at`` is the end of its last completed round, Unix ms. Spans are ms.

    ``latency_50`` and ``latency_99``: from decision to receipt, of the last thousand that went at the first try
    and had no quiet hours to wait for. ``trouble``: services that are left alone since they are down.
    """

    holder = models.CharField(max_length=120, primary_key=True)
    started_at = models.BigIntegerField()
    round_at = models.BigIntegerField()
    sent = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    retried = models.PositiveBigIntegerField(default=0)
    latency_50 = models.PositiveIntegerField(null=True)
    latency_99 = models.PositiveIntegerField(null=True)
    trouble = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return self.holder
