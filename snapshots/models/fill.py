"""Fill: one execution of an account, slices of TWAPs included."""

from django.db import models
from django.db.models import Q

from exchange.wire import fills as wire
from snapshots.models.amount import Amount
from snapshots.models.history import History, HistoryQuerySet

NO_TID = -1
"""In recordings of 2023 a fill may have no tid; a null would make no unique key."""
PLAIN = (
    "coin",
    "px",
    "sz",
    "side",
    "time",
    "start_position",
    "dir",
    "closed_pnl",
    "hash",
    "oid",
    "crossed",
    "fee",
    "fee_token",
    "builder_fee",
    "cloid",
    "fee_trial_escrow",
)


class FillQuerySet(HistoryQuerySet):
    """Selections of fills."""

    def coin(self, coin: str) -> "FillQuerySet":
        """Those of one coin."""
        return self.filter(coin=coin)

    def liquidations(self) -> "FillQuerySet":
        """Those in which this account was liquidated (not only traded with somebody who was)."""
        return self.filter(liquidated_user=models.F("account__address"))

    def in_order(self) -> "FillQuerySet":
        """Oldest first, for whoever adds them up."""
        return self.order_by("time", "pk")


class Fill(History):
    """``exchange.wire.fills.Fill`` as a row, amounts as sent; ``twap_id`` says that it is a slice of that TWAP."""

    coin = models.CharField(max_length=64)
    side = models.CharField(max_length=1)
    px = Amount()
    sz = Amount()
    start_position = Amount()
    dir = models.CharField(max_length=64)
    closed_pnl = Amount()
    hash = models.CharField(max_length=80)
    oid = models.BigIntegerField()
    tid = models.BigIntegerField(default=NO_TID)
    crossed = models.BooleanField()
    fee = Amount(null=True)
    fee_token = models.CharField(max_length=32, null=True)  # noqa: DJ001 - unknown is not empty
    builder_fee = Amount(null=True)
    fee_trial_escrow = Amount(null=True)
    twap_id = models.BigIntegerField(null=True)
    cloid = models.CharField(max_length=80, null=True)  # noqa: DJ001
    liquidated_user = models.CharField(max_length=42, null=True)  # noqa: DJ001
    liquidation_mark_px = Amount(null=True)
    liquidation_method = models.CharField(max_length=32, null=True)  # noqa: DJ001

    objects = FillQuerySet.as_manager()

    class Meta:
        constraints = [
            # the exchange's identity: whatever is sent twice is stored once
            models.UniqueConstraint(
                fields=["account", "time", "coin", "tid", "oid", "side"], name="fill_identity"
            ),
        ]
        indexes = [
            # the fills page, an account's or several accounts' newest first; day results
            models.Index(fields=["account", "-time", "-id"], name="fill_page"),
            # the fills page of one coin, and the round trips of one coin
            models.Index(fields=["account", "coin", "-time", "-id"], name="fill_coin_page"),
            # the list of liquidations
            models.Index(
                fields=["account", "-time"], name="fill_liquidation", condition=Q(liquidated_user__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.coin} {self.dir} {self.sz:f} at {self.px:f}"

    @classmethod
    def of_wire(cls, account_id: int, fill: wire.Fill, received_at: int, twap_id: int | None = None) -> "Fill":
        """The row of what the exchange sent; a slice's ``twap_id`` stands beside the fill or in it."""
        liquidation = fill.liquidation
        return cls(
            account_id=account_id,
            received_at=received_at,
            tid=NO_TID if fill.tid is None else fill.tid,
            twap_id=fill.twap_id if twap_id is None else twap_id,
            liquidated_user=liquidation and liquidation.liquidated_user.lower(),
            liquidation_mark_px=liquidation and liquidation.mark_px,
            liquidation_method=liquidation and liquidation.method,
            **{name: getattr(fill, name) for name in PLAIN},
        )

    @property
    def wire(self) -> wire.Fill:
        """What the exchange sent, for the arithmetic of ``snapshots.pnl``."""
        liquidation = None
        if self.liquidated_user is not None:
            liquidation = wire.FillLiquidation(
                self.liquidated_user, self.liquidation_mark_px, self.liquidation_method or ""
            )
        return wire.Fill(
            **{name: getattr(self, name) for name in PLAIN},
            tid=None if self.tid == NO_TID else self.tid,
            twap_id=self.twap_id,
            liquidation=liquidation,
        )
