"""Which tables can be taken away, and their columns: those of the models, so a new field comes by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

from django.db import models

from snapshots import models as stored
from snapshots.models.amount import Amount

KIND_OF = {
    Amount: "amount",
    models.BigIntegerField: "integer",
    models.BooleanField: "boolean",
    models.JSONField: "json",
    models.DateTimeField: "time",
    models.DateField: "time",
}
WORKED_OUT = {"digest"}
"""Fields that the import works out anew."""


@dataclass(frozen=True)
class Column:
    """``kind`` is one of ``cells.KINDS``; ``is_optional`` if there may be nothing."""

    name: str
    kind: str
    is_optional: bool = False


@dataclass(frozen=True)
class Table:
    """``owner`` is what the rows come by, one after the other: accounts or coins. Within it they are in order of
    ``time``, and of ``tie`` where that is the same. ``streams`` are those of Coverage, before the colon.
    A row of a table that ``is_private`` is a user's own.
    """

    name: str
    title: str
    model: type[models.Model]
    owner: str = "account"
    time: str = "time"
    tie: str = "pk"
    streams: tuple[str, ...] = ()
    is_private: bool = False

    @cached_property
    def fields(self) -> list[models.Field]:
        """Those that are read: all but keys of other rows."""
        return [
            field
            for field in self.model._meta.concrete_fields
            if not field.primary_key and not field.is_relation and field.name not in WORKED_OUT
        ]

    @cached_property
    def names(self) -> list[str]:
        """Names of the fields."""
        return [field.name for field in self.fields]

    @cached_property
    def columns(self) -> list[Column]:
        """Those of the file: whose, when for people to read, and the fields."""
        first = [Column("account", "text")] if self.owner == "account" else []
        rest = [Column(field.name, _kind(field), field.null) for field in self.fields]
        return [*first, Column("at", "text"), *rest]

    def has(self, name: str) -> bool:
        """Whether there is such a field."""
        return name in self.names


def _kind(field: models.Field) -> str:
    return next((kind for model, kind in KIND_OF.items() if isinstance(field, model)), "text")


TABLES = {
    table.name: table
    for table in (
        Table("fills", "Fills", stored.Fill, streams=("fills", "twaps")),
        Table("funding", "Funding", stored.FundingPayment, streams=("fundings",)),
        Table("cash_flows", "Cash flows", stored.CashFlow, streams=("ledger",)),
        Table("orders", "Closed orders", stored.ClosedOrder, streams=("orders",)),
        Table("positions", "Positions", stored.PositionSnapshot),
        Table("equity", "Equity", stored.EquitySnapshot),
        Table("trades", "Public trades", stored.TradeSnapshot, "coin", tie="tid", streams=("trades",)),
        Table("trade_minutes", "Public trades by minute", stored.TradeMinute, "coin", streams=("trades",)),
        Table("trip_notes", "Notes on round trips", stored.TripNote, time="opened_at", is_private=True),
    )
}


@lru_cache(4096)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def at(time: int) -> str:
    """``2026-11-24T14:03:12.345Z`` of Unix ms."""
    return f"{_second(time // 1000)}.{time % 1000:03d}Z"


def values(table: Table, owner: str, row: tuple) -> Iterator[Any]:
    """What stands in the columns for a row of ``table.names``."""
    if table.owner == "account":
        yield owner
    yield at(row[table.names.index(table.time)])
    yield from row
