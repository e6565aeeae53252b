"""TradeSnapshot: a public trade of a recorded coin. The one huge table: by month on Postgres (partitions.py)."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from exchange.wire.market import Trade
from snapshots.models.amount import Amount
from snapshots.partitions import ensure_months

LARGE = 10_000
"""From this worth on, in USD or the pair's quote, a trade is found by its size and its parties are kept."""

TradeCursor = tuple[int, int]
"""(time, tid) of the last row that a page showed."""


class TradeQuerySet(models.QuerySet):
    """Selections of public trades, newest first by (time, tid). Times are Unix ms."""

    def bulk_create(self, objs, *args, **kwargs):
        """As ever, after making sure that their months exist."""
        objs = list(objs)
        ensure_months(one.time for one in objs)
        return super().bulk_create(objs, *args, **kwargs)

    def coin(self, coin: str) -> "TradeQuerySet":
        """Those of one coin."""
        return self.filter(coin=coin)

    def between(self, start: int, end: int) -> "TradeQuerySet":
        """``start`` <= time < ``end``: also tells Postgres which months to open."""
        return self.filter(time__gte=start, time__lt=end)

    def large(self, least: int) -> "TradeQuerySet":
        """Worth at least so many USD; below ``LARGE`` no index helps."""
        return self.filter(notional__gte=max(least, LARGE))

    def as_of(self, moment: int | None) -> "TradeQuerySet":
        """What had been received by then; None is everything."""
        return self if moment is None else self.filter(received_at__lte=moment)

    def page(self, size: int, after: TradeCursor | None = None) -> "TradeQuerySet":
        """The newest ``size`` older than ``after``."""
        rows = self
        if after is not None:
            time, tid = after
            rows = rows.filter(time__lte=time).exclude(Q(time=time) & Q(tid__gte=tid))
        return rows.order_by("-time", "-tid")[:size]


class TradeSnapshot(models.Model):
    """``side`` is the aggressor's; ``notional`` is px × sz in whole USD, rounded down, to find large ones by."""

    coin = models.CharField(max_length=64)
    time = models.BigIntegerField()
    tid = models.BigIntegerField()
    side = models.CharField(max_length=1)
    px = Amount()
    sz = Amount()
    notional = models.BigIntegerField()
    buyer = models.CharField(max_length=42, null=True)  # noqa: DJ001 - unknown is not empty
    seller = models.CharField(max_length=42, null=True)  # noqa: DJ001
    received_at = models.BigIntegerField()

    objects = TradeQuerySet.as_manager()

    class Meta:
        constraints = [
            # the exchange's identity; also a coin's trades in order: the tape, buyers against sellers
            models.UniqueConstraint(fields=["coin", "time", "tid"], name="trade_identity"),
        ]
        indexes = [
            # large trades of all coins, newest first
            models.Index(fields=["-time", "-tid"], name="trade_large", condition=Q(notional__gte=LARGE)),
            # large trades of one coin
            models.Index(
                fields=["coin", "-time", "-tid"], name="trade_large_coin", condition=Q(notional__gte=LARGE)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coin} {self.sz:f} at {self.px:f}"

    def save(self, *args, **kwargs) -> None:
        """As ever, after making sure that its month exists."""
        ensure_months([self.time])
        super().save(*args, **kwargs)

    @classmethod
    def values_of(cls, trade: Trade, received_at: int) -> tuple:
        """The columns of ``COLUMNS`` in order: rows come by the hundred thousand, so without an object each."""
        notional = int(trade.px * trade.sz)
        buyer, seller = trade.users if trade.users and notional >= LARGE else (None, None)
        return (
            trade.coin,
            trade.time,
            trade.tid,
            trade.side,
            trade.px,
            trade.sz,
            notional,
            buyer,
            seller,
            received_at,
        )

    @property
    def signed(self) -> Decimal:
        """Coins bought by the aggressor, below zero if he sold."""
        return self.sz if self.side == "B" else -self.sz


COLUMNS = ("coin", "time", "tid", "side", "px", "sz", "notional", "buyer", "seller", "received_at")
