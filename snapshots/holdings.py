"""Holdings: what accounts held, as it had been received by one moment. Three queries, however many accounts."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import OuterRef, Q, QuerySet, Subquery

from snapshots.models import Account, EquitySnapshot, PositionSnapshot
from snapshots.models.position import FULL_SET_MS, SLACK_MS

STORED_MS = FULL_SET_MS + SLACK_MS
"""What is followed is stored at least so often: after a longer silence nothing was heard."""


@dataclass(slots=True)
class Holdings:
    """One account; ``equity`` is None, and there are no positions, where nothing had been received."""

    account: Account
    equity: EquitySnapshot | None = None
    positions: list[PositionSnapshot] = field(default_factory=list)

    @property
    def received_at(self) -> int | None:
        """When the newest part of it was received, Unix ms."""
        times = [row.received_at for row in (self.equity, *self.positions) if row is not None]
        return max(times, default=None)

    def is_old(self, moment: int) -> bool:
        """Whether so little had been heard by ``moment`` that things may have been different."""
        return self.received_at is None or moment - self.received_at > STORED_MS


def holdings_of(addresses: Iterable[str], moment: int | None = None) -> dict[str, Holdings]:
    """What the accounts at these addresses held as received by ``moment`` (Unix ms; None: by now).

    Addresses that are not stored at all are absent. A position row of size zero says that it was closed.
    """
    accounts = list(
        Account.objects.filter(address__in=list(addresses)).annotate(
            last_equity=_newest(EquitySnapshot.objects.as_of(moment), "pk"),
            last_position=_newest(PositionSnapshot.objects.as_of(moment), "received_at"),
        )
    )
    found = {one.pk: Holdings(one) for one in accounts}
    for equity in EquitySnapshot.objects.filter(pk__in=[one.last_equity for one in accounts if one.last_equity]):
        found[equity.account_id].equity = equity
    latest: dict[tuple[int, str, str], PositionSnapshot] = {}
    for row in _positions(accounts, moment):
        latest.setdefault((row.account_id, row.dex, row.coin), row)
    for key in sorted(latest):
        if latest[key].szi:
            found[key[0]].positions.append(latest[key])
    return {one.account.address: one for one in found.values()}


def _newest(rows: QuerySet, name: str) -> Subquery:
    own = rows.filter(account=OuterRef("pk")).order_by("-received_at", "-pk")
    return Subquery(own.values(name)[:1])


def _positions(accounts: list[Account], moment: int | None) -> Iterable[PositionSnapshot]:
    """Each account's rows since its last full set, the newest first: few, and by one index."""
    parts = Q()
    for one in accounts:
        if one.last_position is not None:
            parts |= Q(account=one, received_at__gte=one.last_position - STORED_MS)
    rows = PositionSnapshot.objects.as_of(moment).order_by("-received_at", "-pk")
    return rows.filter(parts) if parts else []
