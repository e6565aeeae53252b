"""How long what is stored is kept. Histories of accounts are kept for ever: the exchange gives many of them once.

Public trades go by whole months on Postgres, which costs nothing, and row by row on SQLite. Sums of minutes
and days stay. Coverage says afterwards that nothing is claimed about what is gone.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from snapshots import coverage, partitions
from snapshots.models import Account, Coverage, EquitySnapshot, PositionSnapshot, TradeSnapshot
from snapshots.record import nobody_else
from snapshots.record_trades import Guard

DAY = 86_400_000
CHUNK = 10_000
"""Rows deleted in one transaction, so that nobody waits long for the table."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of rows: ``days`` by configuration, 0 for ever.

    ``time`` is the column (Unix ms) that says how old a row is, ``only`` what else must hold for one older than a
    moment to go, ``order`` the way to find old ones.
    """

    name: str
    model: type[models.Model]
    days: Callable[[Any], int]
    time: str = "time"
    order: str = "time"
    only: Callable[[int], models.Q] = lambda before: models.Q()


KINDS = [
    Kind("trades", TradeSnapshot, lambda config: config.retention_trades_days),
    Kind("positions", PositionSnapshot, lambda config: config.retention_positions_days),
    Kind("equity", EquitySnapshot, lambda config: config.retention_equity_days),
]
"""In this order; packages to the right add theirs when they are loaded."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What goes, or would go: rows older than ``before`` (Unix ms); None where all are kept."""

    kind: str
    before: int | None
    rows: int


def prune(now: int, dry_run: bool = False, config: Any = None, guard: Guard = nobody_else) -> Iterator[Pruned]:
    """Delete what is older than the configuration keeps, or only count it. Transactions end with the guard."""
    for kind in KINDS:
        days = kind.days(config or settings.CONFIG)
        if not days:
            yield Pruned(kind.name, None, 0)
            continue
        before = now - days * DAY
        if kind.model is TradeSnapshot and connection.vendor == "postgresql":
            before = partitions.span_of(before)[0]
        old = kind.model._default_manager.filter(kind.only(before), **{f"{kind.time}__lt": before})
        count = old.count()
        if not dry_run:
            _prune(kind, old, before, now, guard)
        yield Pruned(kind.name, before, count)


def _prune(kind: Kind, old: models.QuerySet, before: int, now: int, guard: Guard) -> None:
    if kind.model is TradeSnapshot:
        _prune_trades(before, now, guard)
    elif kind.model is EquitySnapshot:
        for account in Account.objects.order_by("pk").values_list("pk", flat=True):  # as its indexes begin
            _delete(old.filter(account=account), guard)
    else:
        _delete(old, guard, kind.order)


def _prune_trades(before: int, now: int, guard: Guard) -> None:
    """First nothing is claimed any more, then it goes: a crash between the two claims too little."""
    streams = Coverage.objects.filter(stream__startswith="trades:", start__lt=before).values_list(
        "stream", flat=True
    )
    with transaction.atomic():
        coverage.forget_before(set(streams), before, now)
        guard()
    for month in partitions.months_before(before):
        with transaction.atomic():
            partitions.drop(month)
            guard()
    _delete(TradeSnapshot.objects.filter(time__lt=before), guard)


def _delete(rows: models.QuerySet, guard: Guard, order: str = "time") -> None:
    while True:
        with transaction.atomic():
            some = list(rows.order_by(order).values_list("pk", flat=True)[:CHUNK])
            rows.model._default_manager.filter(pk__in=some)._raw_delete(rows.db)
            guard()
        if len(some) < CHUNK:
            return
