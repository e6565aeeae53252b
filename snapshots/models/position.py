"""PositionSnapshot: a position of an account as it stood at one time."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from exchange.wire import account as wire
from snapshots.models.account import Account
from snapshots.models.amount import Amount
from snapshots.models.history import History, HistoryQuerySet

FULL_SET_MS = 15 * 60_000
"""All positions of an account are written at least so often, so nobody has to look back further."""
SLACK_MS = 60_000
AT_ONCE = 200
"""Accounts that one statement asks for."""


class PositionQuerySet(HistoryQuerySet):
    """Selections of positions."""

    def coin(self, coin: str) -> "PositionQuerySet":
        """Those of one coin."""
        return self.filter(coin=coin)

    def held(self, account_id: int, moment: int | None = None) -> "list[PositionSnapshot]":
        """The account's positions as they had been received by ``moment`` (None: by now). Two queries."""
        return self.held_by([account_id], moment)[account_id]

    def held_by(self, accounts: Iterable[int], moment: int | None = None) -> "dict[int, list[PositionSnapshot]]":
        """The positions of each account, by dex and coin. Two queries for each ``AT_ONCE`` accounts.

        The newest row says how far back the last full set may be; a row of size zero says that it closed.
        """
        wanted = list(dict.fromkeys(accounts))
        latest: dict[int, dict[tuple[str, str], PositionSnapshot]] = {one: {} for one in wanted}
        rows = self.as_of(moment).order_by("-received_at", "-pk")
        for first in range(0, len(wanted), AT_ONCE):
            for row in rows.filter(self._in_last_sets(wanted[first : first + AT_ONCE], moment)):
                latest[row.account_id].setdefault((row.dex, row.coin), row)
        return {
            one: sorted((row for row in found.values() if row.szi), key=lambda row: (row.dex, row.coin))
            for one, found in latest.items()
        }

    def _in_last_sets(self, accounts: list[int], moment: int | None) -> Q:
        """Whether a row is no older than its account's newest full set."""
        newest = self.filter(account=OuterRef("pk")).as_of(moment).order_by("-received_at", "-pk")
        owners = Account.objects.using(self.db).filter(pk__in=accounts)
        lasts = owners.values_list("pk", Subquery(newest.values("received_at")[:1]))
        recent = (
            Q(account=one, received_at__gte=last - FULL_SET_MS - SLACK_MS)
            for one, last in lasts
            if last is not None
        )
        return reduce(or_, recent, Q(pk__in=()))


class PositionSnapshot(History):
    """``exchange.wire.account.Position`` at ``time``; a closed one has one row with a size of 0.

    Written each minute in which it changed, at each fill, and at least every 15 minutes.
    """

    dex = models.CharField(max_length=32, blank=True)
    coin = models.CharField(max_length=64)
    szi = Amount()
    entry_px = Amount(null=True)
    position_value = Amount(null=True)
    unrealized_pnl = Amount(null=True)
    return_on_equity = Amount(null=True)
    liquidation_px = Amount(null=True)
    margin_used = Amount(null=True)
    leverage = models.BigIntegerField(null=True)
    leverage_type = models.CharField(max_length=16, blank=True)
    funding_since_open = Amount(null=True)

    objects = PositionQuerySet.as_manager()

    class Meta:
        constraints = [
            # one state of the exchange is stored once
            models.UniqueConstraint(fields=["account", "coin", "time"], name="position_identity"),
        ]
        indexes = [
            # positions as of a moment
            models.Index(fields=["account", "-received_at", "-id"], name="position_as_of"),
            # retention on SQLite and Postgres: the oldest first
            models.Index(fields=["time"], name="position_age"),
        ]

    def __str__(self) -> str:
        return f"{self.coin} {self.szi:f}"

    @classmethod
    def of_wire(
        cls, account_id: int, dex: str, position: wire.Position, time: int, received_at: int
    ) -> "PositionSnapshot":
        """The row of what the exchange sent."""
        leverage, funding = position.leverage, position.cum_funding
        return cls(
            account_id=account_id,
            dex=dex,
            coin=position.coin,
            time=time,
            received_at=received_at,
            szi=position.szi,
            entry_px=position.entry_px,
            position_value=position.position_value,
            unrealized_pnl=position.unrealized_pnl,
            return_on_equity=position.return_on_equity,
            liquidation_px=position.liquidation_px,
            margin_used=position.margin_used,
            leverage=leverage and leverage.value,
            leverage_type=leverage.type if leverage else "",
            funding_since_open=funding and funding.since_open,
        )
