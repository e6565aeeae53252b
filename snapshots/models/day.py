"""DayResult: what an account earned on one day of one time zone, by coin; always the sum of its rows."""

from datetime import date

from django.db import models

from snapshots.models.amount import Amount


class DayBook(models.Model):
    """The days of an account in one zone. Days that touch ``dirty_from`` to ``dirty_to`` are to be summed again.

    None means that nothing is; Unix ms, both included. Written with the rows themselves, in one transaction.
    """

    account = models.ForeignKey(
        "snapshots.Account", on_delete=models.CASCADE, related_name="day_books", db_index=False
    )
    zone = models.CharField(max_length=64)
    dirty_from = models.BigIntegerField(null=True)
    dirty_to = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            # a new fill marks its account's books; a calendar asks whether its book is up to date
            models.UniqueConstraint(fields=["account", "zone"], name="day_book"),
        ]

    def __str__(self) -> str:
        return self.zone


class DayResultQuerySet(models.QuerySet):
    """Selections of days."""

    def days(self, accounts: list[int], zone: str, first: date, last: date) -> "DayResultQuerySet":
        """Those of some accounts from ``first`` to ``last``, both included."""
        return self.filter(book__account__in=accounts, book__zone=zone, day__gte=first, day__lte=last)


class DayResult(models.Model):
    """One coin's sums on one day. ``token`` is what ``fees`` are in; ``price_pnl`` is before fees.

    ``price_pnl`` and ``funding`` are in the coin's own collateral; ``volume`` is px × sz. Funding has no fee
    and stands in the row whose token is empty.
    """

    book = models.ForeignKey(DayBook, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    coin = models.CharField(max_length=64)
    token = models.CharField(max_length=32, blank=True)
    fills = models.BigIntegerField(default=0)
    volume = Amount(default=0)
    price_pnl = Amount(default=0)
    fees = Amount(default=0)
    fundings = models.BigIntegerField(default=0)
    funding = Amount(default=0)

    objects = DayResultQuerySet.as_manager()

    class Meta:
        constraints = [
            # calendar, results by day, week and month
            models.UniqueConstraint(fields=["book", "day", "coin", "token"], name="day_result"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.coin}"
