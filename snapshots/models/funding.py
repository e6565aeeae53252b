"""FundingPayment: an hour's funding of one position of an account."""

from django.db import models

from exchange.wire import cashflows as wire
from snapshots.models.amount import Amount
from snapshots.models.history import History, HistoryQuerySet


class FundingQuerySet(HistoryQuerySet):
    """Selections of funding payments."""

    def coin(self, coin: str) -> "FundingQuerySet":
        """Those of one coin."""
        return self.filter(coin=coin)


class FundingPayment(History):
    """``usdc`` below zero was paid, above zero received; ``szi`` is the position's signed size in coins."""

    coin = models.CharField(max_length=64)
    usdc = Amount()
    szi = Amount()
    funding_rate = Amount()
    n_samples = models.BigIntegerField(null=True)

    objects = FundingQuerySet.as_manager()

    class Meta:
        constraints = [
            # the exchange's identity; its hash is all zeros
            models.UniqueConstraint(fields=["account", "time", "coin"], name="funding_identity"),
        ]
        indexes = [
            # the funding page, newest first; day results
            models.Index(fields=["account", "-time", "-id"], name="funding_page"),
            # the funding page of one coin, and funding within a round trip
            models.Index(fields=["account", "coin", "-time", "-id"], name="funding_coin_page"),
        ]

    def __str__(self) -> str:
        return f"{self.coin} {self.usdc:f}"

    @classmethod
    def of_wire(cls, account_id: int, payment: wire.FundingPayment, received_at: int) -> "FundingPayment":
        """The row of what the exchange sent."""
        return cls(
            account_id=account_id,
            received_at=received_at,
            time=payment.time,
            coin=payment.coin,
            usdc=payment.usdc,
            szi=payment.szi,
            funding_rate=payment.funding_rate,
            n_samples=payment.n_samples,
        )

    @property
    def wire(self) -> wire.FundingPayment:
        """What the exchange sent."""
        return wire.FundingPayment(self.time, self.coin, self.usdc, self.szi, self.funding_rate, self.n_samples)
