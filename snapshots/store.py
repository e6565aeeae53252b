"""Writing the history of accounts so that nothing is stored twice, whatever is sent, how often and by which way.

It belongs in the transaction of whoever calls it, with the Coverage that it proves.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Q

from snapshots import days
from snapshots.models import CashFlow, ClosedOrder, EquitySnapshot, Fill, FundingPayment, PositionSnapshot
from snapshots.models.history import History

Row = TypeVar("Row", bound=History)

IDENTITY: dict[type[History], tuple[str, ...]] = {
    Fill: ("account_id", "time", "coin", "tid", "oid", "side"),
    FundingPayment: ("account_id", "time", "coin"),
    CashFlow: ("account_id", "time", "hash", "digest"),
    ClosedOrder: ("account_id", "oid"),
    PositionSnapshot: ("account_id", "coin", "time"),
    EquitySnapshot: ("account_id", "time"),
}
IN_DAYS = (Fill, FundingPayment)
"""What day results are sums of."""
CHUNK = 500
"""Rows whose keys are looked up at once; in the order of time, so that each look is into a short span."""


def store(rows: Sequence[Row]) -> list[Row]:
    """Write rows of one model; those that were new. A closed order is also replaced by its later status."""
    if not rows:
        return []
    model = type(rows[0])
    if model in IN_DAYS:
        days.lock(row.account_id for row in rows)
    fresh: list[Row] = []
    for chunk in _chunks(sorted(rows, key=lambda row: row.time)):
        keyed = {_key(row): row for row in chunk}
        known = _known(model, chunk)
        new = [row for key, row in keyed.items() if key not in known]
        model._default_manager.bulk_create(new, ignore_conflicts=True)
        fresh += new
        if model is ClosedOrder:
            _replace_older(keyed, known)
    if model in IN_DAYS:
        days.mark(_times(fresh))
    return fresh


def _times(rows: Sequence[Row]) -> dict[int, tuple[int, int]]:
    """The first and the last time of each account's rows."""
    times: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        times[row.account_id].append(row.time)
    return {account: (min(some), max(some)) for account, some in times.items()}


def _chunks(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _key(row: History) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in IDENTITY[type(row)])


def _known(model: type[Row], rows: Sequence[Row]) -> dict[tuple[Any, ...], int]:
    """Keys that are stored already, of those that ``rows`` might repeat, and their times."""
    mine = Q(account__in={row.account_id for row in rows})
    if model is ClosedOrder:
        mine &= Q(oid__in=[row.oid for row in rows])
    else:
        mine &= Q(time__gte=rows[0].time, time__lte=rows[-1].time)
    found = model._default_manager.filter(mine).values_list(*IDENTITY[model], "time")
    return {row[:-1]: row[-1] for row in found}


def _replace_older(orders: Mapping[tuple[Any, ...], Any], known: Mapping[tuple[Any, ...], int]) -> None:
    """The latest status of an order counts, however they are heard. Nearly all are told again unchanged."""
    for order in (orders[key] for key, time in known.items() if key in orders and time < orders[key].time):
        stored = ClosedOrder.objects.filter(account=order.account_id, oid=order.oid, time__lt=order.time)
        stored.update(time=order.time, status=order.status, sz=order.sz, received_at=order.received_at)
