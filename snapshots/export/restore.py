"""Brings an export into an instance that has nothing of the kind yet: an export of it is then the same files."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import models, transaction

from snapshots import days
from snapshots.export.bundle import Bundle
from snapshots.export.put import put
from snapshots.export.tables import TABLES, Table
from snapshots.export.verify import rows
from snapshots.models import Account, CashFlow, Coverage, TripNote
from snapshots.models.cashflow import digest_of

BATCH = 2_000


class CannotImport(Exception):
    """Why nothing was changed."""


def restore(bundle: Bundle, user: Any = None) -> dict[str, int]:
    """Rows of each table; all or nothing. ``user`` becomes the owner of notes.

    Raises CannotImport, and what ``verify`` raises: each row is verified on its way, and a wrong one undoes all.
    """
    found = [(_known(said), said) for said in bundle.tables]
    _refuse_parts(bundle, [table for table, _ in found])
    if user is None and any(table.model is TripNote and said["rows"] for table, said in found):
        raise CannotImport("there are notes: say whose they shall be")
    with transaction.atomic():
        _refuse_full([table for table, _ in found])
        owners = Account.objects.known(bundle.manifest["filters"]["accounts"], 0)
        for address, added_at in bundle.manifest["filters"]["accounts"].items():
            Account.objects.filter(address=address).update(added_at=added_at)
        numbers = {address: account.pk for address, account in owners.items()}
        days.lock(numbers.values())
        counts = {table.name: _store(table, rows(bundle, said), numbers, user) for table, said in found}
        days.mark(
            dict.fromkeys(numbers.values(), (0, days.EVER))
        )  # somebody may have looked at the calendar while it was empty
        _claim(said for _, said in found)
    return counts


def _known(said: dict[str, Any]) -> Table:
    table = TABLES.get(said["table"])
    columns = table and [[column.name, column.kind, column.is_optional] for column in table.columns]
    if table is None or columns != said["columns"]:
        raise CannotImport(f"{said['file']}: this version stores other columns")
    return table


def _refuse_parts(bundle: Bundle, tables: list[Table]) -> None:
    """Coverage speaks of all coins of an account: with some of them only, it would claim too much."""
    if bundle.manifest["filters"]["coins"] and any(one.owner == "account" and one.streams for one in tables):
        raise CannotImport("only some coins were exported: what is complete could not be said afterwards")


def _refuse_full(tables: list[Table]) -> None:
    for table in tables:
        if table.model._default_manager.exists():
            raise CannotImport(f"there are {table.title.lower()} already: import into an empty instance")
    if Coverage.objects.exists():
        raise CannotImport("something is recorded already: import into an empty instance")


def _store(table: Table, lines: Iterator[list[Any]], accounts: dict[str, int], user: Any) -> int:
    count = 0
    made = (_row(table, values, accounts, user) for values in lines)
    while batch := list(islice(made, BATCH)):
        put(batch)
        count += len(batch)
    return count


def _row(table: Table, values: list[Any], accounts: dict[str, int], user: Any) -> models.Model:
    named = dict(zip((column.name for column in table.columns), values, strict=True))
    del named["at"]
    if table.owner == "account":
        named["account_id"] = accounts[named.pop("account")]
    if table.model is CashFlow:
        named["digest"] = digest_of(named["delta"])
    if table.model is TripNote:
        named["user"] = user
    return table.model(**named)


def _claim(tables: Iterable[dict[str, Any]]) -> None:
    """Coverage as it was; two tables may speak of one stream."""
    now = round(time.time() * 1000)
    spans = {(span["stream"], span["start"]): span for said in tables for span in said["coverage"]}
    Coverage.objects.bulk_create(Coverage(**span, updated_at=now) for span in spans.values())
