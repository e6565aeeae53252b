"""ClosedOrder: what became of an order that rests no more."""

from django.db import models
from django.db.models import Q

from exchange.wire import orders as wire
from snapshots.models.amount import Amount
from snapshots.models.history import History, HistoryQuerySet

CANCELED_TOO = ("scheduledCancel", "internalCancel")
"""Every other word for it ends in ``canceled``; the set is open (API.md section 7)."""
STILL_OPEN = {"open", "triggered"}
"""Words after which an order lives on; all others, also new ones, end it (API.md section 7)."""
PLAIN = (
    "coin",
    "side",
    "limit_px",
    "sz",
    "oid",
    "timestamp",
    "orig_sz",
    "cloid",
    "reduce_only",
    "order_type",
    "tif",
    "is_trigger",
    "trigger_px",
    "trigger_condition",
    "is_position_tpsl",
)


class ClosedOrderQuerySet(HistoryQuerySet):
    """Selections of closed orders; ``time`` is when they closed."""

    def coin(self, coin: str) -> "ClosedOrderQuerySet":
        """Those of one coin."""
        return self.filter(coin=coin)

    def ended(self, how: str) -> "ClosedOrderQuerySet":
        """Those that were ``canceled`` or ``rejected``, for whatever reason; else those of the exchange's word."""
        if how == "canceled":
            return self.filter(Q(status__iendswith=how) | Q(status__in=CANCELED_TOO))
        return self.filter(status__iendswith=how) if how == "rejected" else self.filter(status=how)


class ClosedOrder(History):
    """``time`` is when it closed (``statusTimestamp``), ``timestamp`` when it was placed."""

    coin = models.CharField(max_length=64)
    side = models.CharField(max_length=1)
    oid = models.BigIntegerField()
    cloid = models.CharField(max_length=80, null=True)  # noqa: DJ001 - unknown is not empty
    status = models.CharField(max_length=64)
    timestamp = models.BigIntegerField()
    limit_px = Amount()
    sz = Amount()
    orig_sz = Amount(null=True)
    order_type = models.CharField(max_length=64, null=True)  # noqa: DJ001
    tif = models.CharField(max_length=32, null=True)  # noqa: DJ001
    reduce_only = models.BooleanField(null=True)
    is_trigger = models.BooleanField(null=True)
    trigger_px = Amount(null=True)
    trigger_condition = models.CharField(max_length=160, null=True)  # noqa: DJ001
    is_position_tpsl = models.BooleanField(null=True)

    objects = ClosedOrderQuerySet.as_manager()

    class Meta:
        constraints = [
            # an order closes once; the exchange may list it twice (the later status counts)
            models.UniqueConstraint(fields=["account", "oid"], name="order_identity"),
        ]
        indexes = [
            # the orders page, newest first
            models.Index(fields=["account", "-time", "-id"], name="order_page"),
            # the orders page of one coin
            models.Index(fields=["account", "coin", "-time", "-id"], name="order_coin_page"),
            # the words for how they ended that there are, and the orders page of one of them
            models.Index(fields=["account", "status", "-time", "-id"], name="order_status_page"),
        ]

    def __str__(self) -> str:
        return f"{self.coin} {self.oid} {self.status}"

    @classmethod
    def of_wire(cls, account_id: int, record: wire.OrderRecord, received_at: int) -> "ClosedOrder":
        """The row of what the exchange sent."""
        return cls(
            account_id=account_id,
            received_at=received_at,
            time=record.status_timestamp,
            status=record.status,
            **{name: getattr(record.order, name) for name in PLAIN},
        )

    @property
    def wire(self) -> wire.OrderRecord:
        """What the exchange sent, without the orders that hung on it."""
        order = wire.Order(**{name: getattr(self, name) for name in PLAIN})
        return wire.OrderRecord(order, self.status, self.time)
