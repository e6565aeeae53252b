"""EquitySnapshot: what an account was worth at one time, and how that was worked out."""

from typing import Any

from django.db import connections, models

from snapshots.models.amount import Amount
from snapshots.models.history import History, HistoryQuerySet

CURVE = """
WITH RECURSIVE point(number, moment) AS (
    SELECT 1, {first}
    UNION ALL SELECT number + 1, %s + (%s - %s) * (number + 1) / %s FROM point WHERE number < %s
)
SELECT DISTINCT (
    SELECT id FROM snapshots_equitysnapshot
    WHERE account_id = %s AND time < point.moment AND time >= %s ORDER BY time DESC LIMIT 1
) FROM point
"""


class EquityQuerySet(HistoryQuerySet):
    """Selections of equity snapshots."""

    def curve(self, account_id: int, start: int, end: int, points: int = 500) -> "list[EquitySnapshot]":
        """At most ``points`` rows in order: the last before the end of each of so many equal parts of the time.

        Each point is one look into an index, so a long record costs no more than a short one. Two queries.
        """
        cast = "::bigint" if connections[self.db].vendor == "postgresql" else ""
        sql = CURVE.format(first=f"(%s + (%s - %s) / %s){cast}")
        span: list[Any] = [start, end, start, points]
        with connections[self.db].cursor() as cursor:
            cursor.execute(sql, [*span, *span, points, account_id, start])
            found = [number for (number,) in cursor.fetchall() if number is not None]
        return list(self.filter(pk__in=found).order_by("time"))

    def standing(self, account_id: int, moment: int | None = None) -> "EquitySnapshot | None":
        """The last one received by ``moment`` (None: by now)."""
        return self.filter(account=account_id).as_of(moment).order_by("-received_at", "-pk").first()


class EquitySnapshot(History):
    """USD, as ``exchange.equity`` works it out. An ``equity`` of None could not be computed, for ``reason``.

    ``lines`` are its lines: [kind, subject, amount as text or null, why].
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

    def __str__(self) -> str:
        return "cannot be computed" if self.equity is None else f"{self.equity:f} USD"
