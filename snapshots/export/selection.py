"""What is taken away: whose rows, of which time; and how they are read, page by page, in the files' order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet

from snapshots.export.tables import Table
from snapshots.models import Account, Coverage

PAGE = 2_000


@dataclass(frozen=True)
class Selection:
    """``start`` <= time < ``end``; Unix ms, None is no limit.

    No coins means all. ``user`` is whose notes are meant; without him there are none.
    """

    accounts: tuple[Account, ...]
    coins: tuple[str, ...] = ()
    start: int | None = None
    end: int | None = None
    user: Any = field(default=None, compare=False)

    def filters(self) -> dict[str, Any]:
        """As the manifest has them."""
        return {
            "accounts": {account.address: account.added_at for account in self.accounts},
            "coins": list(self.coins),
            "start": self.start,
            "end": self.end,
        }

    def owners(self, table: Table) -> list[tuple[str, dict[str, Any]]]:
        """Accounts or coins in order, each with the lookup of its rows."""
        if table.owner == "account":
            ordered = sorted(self.accounts, key=lambda account: account.address)
            return [(account.address, {"account": account.pk}) for account in ordered]
        return [(coin, {"coin": coin}) for coin in sorted(self.coins) or coins_of(table)]

    def rows(self, table: Table, lookup: dict[str, Any]) -> Iterator[tuple]:
        """One owner's rows, with the cursor of each as its last two values; memory for one page of them."""
        chosen = self._chosen(table).filter(**lookup).order_by(table.time, table.tie)
        read = chosen.values_list(*table.names, table.time, table.tie)
        cursor = None
        while page := list(read.filter(after(table, cursor))[:PAGE]):
            yield from page
            cursor = page[-1][-2:]

    def _chosen(self, table: Table) -> QuerySet:
        limits: dict[str, Any] = {f"{table.time}__gte": self.start, f"{table.time}__lt": self.end}
        if self.coins and table.has("coin"):
            limits["coin__in"] = self.coins
        if table.is_private:
            limits["user"] = self.user.pk if self.user else 0
        return table.model._default_manager.filter(
            **{lookup: value for lookup, value in limits.items() if value is not None}
        )

    def coverage(self, table: Table) -> list[dict[str, Any]]:
        """What is known to be complete and what may have holes; elsewhere nothing is claimed. One query."""
        names = [owner for owner, _ in self.owners(table)] if table.streams else []
        streams = [f"{kind}:{name}" for kind in table.streams for name in names]
        rows = Coverage.objects.filter(stream__in=streams).order_by("stream", "start")
        return [found for row in rows if (found := self._clipped(row))]

    def _clipped(self, row: Coverage) -> dict[str, Any] | None:
        start = row.start if self.start is None else max(row.start, self.start)
        end = row.end if self.end is None else min(row.end, self.end)
        if end <= start:
            return None
        return {"stream": row.stream, "start": start, "end": end, "state": row.state, "reason": row.reason}


def after(table: Table, cursor: tuple[int, int] | None) -> Q:
    """Rows that come after ``cursor``: its (time, tie)."""
    if cursor is None:
        return Q()
    time, tie = cursor
    return Q(**{f"{table.time}__gte": time}) & ~Q(**{table.time: time, f"{table.tie}__lte": tie})


def coins_of(table: Table) -> list[str]:
    """Coins that have rows, in order: one look into an index for each, however many rows it has."""
    found: list[str] = []
    names = table.model._default_manager.order_by("coin").values_list("coin", flat=True)
    while (coin := names.filter(coin__gt=found[-1] if found else "").first()) is not None:
        found.append(coin)
    return found
