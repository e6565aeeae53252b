"""Writes imported rows as they were, in their order: by COPY on Postgres, by INSERT elsewhere."""

from collections.abc import Sequence

from django.db import connection, models

from snapshots.models import TradeSnapshot, TripNote
from snapshots.partitions import ensure_months


def put(rows: Sequence[models.Model]) -> None:
    """Rows of one model, none of which is stored; part of the caller's transaction."""
    model = type(rows[0])
    if connection.vendor == "postgresql":
        if model is TradeSnapshot:
            ensure_months(row.time for row in rows)
        _copy(model, rows)
    else:
        times = [(row.created_at, row.updated_at) for row in rows] if model is TripNote else []
        for row, (created, updated) in zip(model._default_manager.bulk_create(rows), times, strict=False):
            TripNote.objects.filter(pk=row.pk).update(created_at=created, updated_at=updated)  # it said now


def _copy(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    write = [(field.attname, field.get_db_prep_save) for field in fields]
    with connection.wrap_database_errors, connection.cursor() as cursor:
        with cursor.copy(f"COPY {model._meta.db_table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([prepare(getattr(row, name), connection) for name, prepare in write])
