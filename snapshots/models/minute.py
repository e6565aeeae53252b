"""TradeMinute: a minute's public trades of one coin in sum, so that CVD need not read the trades again."""

from django.db import models

from exchange.figures import utc_moment
from snapshots.models.amount import Amount


class TradeMinuteQuerySet(models.QuerySet):
    """Selections of minutes."""

    def of(self, coin: str, start: int, end: int) -> "TradeMinuteQuerySet":
        """A coin's minutes that begin in ``start`` <= time < ``end`` (Unix ms), in order."""
        return self.filter(coin=coin, time__gte=start, time__lt=end).order_by("time")


class TradeMinute(models.Model):
    """``time`` is the minute's beginning (Unix ms); ``bought`` and ``sold`` are coins by the aggressor's side."""

    coin = models.CharField(max_length=64)
    time = models.BigIntegerField()
    trades = models.BigIntegerField()
    bought = Amount()
    sold = Amount()
    turnover = Amount()

    objects = TradeMinuteQuerySet.as_manager()

    class Meta:
        constraints = [
            # the market page's CVD
            models.UniqueConstraint(fields=["coin", "time"], name="trade_minute"),
        ]

    def __str__(self) -> str:
        return f"{self.coin} {utc_moment(self.time)}"
