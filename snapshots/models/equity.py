"""EquitySnapshot: what an account was worth at one time, and how that was worked out."""

import json
from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connections, models

from exchange.equity import EquityLine
from snapshots.models.amount import Amount
from snapshots.models.equity_line import read
from snapshots.models.history import History, HistoryQuerySet
from snapshots.prepared import prepared_cursor

LAST = """
SELECT row.* FROM unnest(%s::bigint[]) account(id) CROSS JOIN unnest(%s::bigint[]) moment(time)
CROSS JOIN LATERAL (
    SELECT account_id, time, equity FROM snapshots_equitysnapshot
    WHERE account_id = account.id AND time >= %s AND time < moment.time{heard} ORDER BY time DESC LIMIT 1
) row
"""
LAST_ON_SQLITE = """
SELECT row.account_id, row.time, row.equity FROM json_each(%s) account CROSS JOIN json_each(%s) moment
JOIN snapshots_equitysnapshot row ON row.id = (
    SELECT id FROM snapshots_equitysnapshot
    WHERE account_id = account.value AND time >= %s AND time < moment.value{heard} ORDER BY time DESC LIMIT 1
)
"""
"""There subqueries cannot look at other tables of the same query."""


class Worth(NamedTuple):
    """One stored equity in USD; None could not be computed."""

    time: int
    equity: Decimal | None


class EquityQuerySet(HistoryQuerySet):
    """Selections of equity snapshots."""

    def last(
        self, accounts: Sequence[int], moments: Sequence[int], start: int, as_of: int | None = None
    ) -> dict[int, list[Worth]]:
        """Each account's last row before each of these moments, but not before ``start``, in order; one query.

        One look into an index for each, so a long record costs hardly more than a short one. An account
        without rows is missing.
        """
        connection = connections[self.db]
        is_postgres = connection.vendor == "postgresql"
        heard = "" if as_of is None else f" AND received_at <= {as_of:d}"
        given: list[Any] = [list(accounts), list(moments)]
        with prepared_cursor(connection) as cursor:
            sql = (LAST if is_postgres else LAST_ON_SQLITE).format(heard=heard)
            cursor.execute(sql, [*(given if is_postgres else map(json.dumps, given)), start])
            rows = sorted(
                {(account, time, equity) for account, time, equity in cursor.fetchall()}, key=itemgetter(0, 1)
            )
        found: dict[int, list[Worth]] = {}
        for account, time, equity in rows:
            found.setdefault(account, []).append(Worth(time, None if equity is None else Decimal(equity)))
        return found

    def standing(self, account_id: int, moment: int | None = None) -> "EquitySnapshot | None":
        """The last one received by ``moment`` (None: by now)."""
        return self.filter(account=account_id).as_of(moment).order_by("-received_at", "-pk").first()


class EquitySnapshot(History):
    """USD, as ``exchange.equity`` works it out. An ``equity`` of None could not be computed, for ``reason``.

    ``lines`` are its lines as ``equity_line.written`` wrote them; ``parts`` is what they say.
    """

    mode = models.CharField(max_length=32)
    equity = Amount(null=True)
    reason = models.CharField(max_length=200, blank=True)
    is_estimate = models.BooleanField(default=False)
    unrealized_pnl = Amount(null=True)
    margin_used = Amount(null=True)
    maintenance_margin = Amount(null=True)
    notional = Amount(null=True)
    withdrawable = Amount(null=True)
    lines = models.JSONField(default=list)

    objects = EquityQuerySet.as_manager()

    class Meta:
        constraints = [
            # one state is stored once; equity curves look for the last one before each point
            models.UniqueConstraint(fields=["account", "time"], name="equity_identity"),
        ]
        indexes = [
            # equity as of a moment
            models.Index(fields=["account", "-received_at", "-id"], name="equity_as_of"),
            # none by time alone: curves of an account with few rows would be read from it, through everybody's
        ]

    @property
    def parts(self) -> list[EquityLine]:
        """The lines that the equity is the sum of."""
        return [read(line) for line in self.lines]

    def __str__(self) -> str:
        return "cannot be computed" if self.equity is None else f"{self.equity:f} USD"
