"""Writes many rows at once. Postgres takes whole columns as arrays, which costs a third of rows one by one; the
twin for other databases is ``bulk_create`` and one UPDATE a row."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models

AT_ONCE = 1000
"""Rows by one statement on SQLite, which takes no more than 32,766 values."""


def insert(rows: Sequence[models.Model], ignore_conflicts: bool = False) -> None:
    """New rows of one model; they get their keys, unless conflicts are ignored. IntegrityError."""
    if not rows:
        return
    model = type(rows[0])
    if connection.vendor != "postgresql":
        model._default_manager.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=ignore_conflicts)
        return
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    columns = [[getattr(row, field.attname) for row in rows] for field in fields]
    names = ", ".join(f'"{field.column}"' for field in fields)
    tail = " ON CONFLICT DO NOTHING" if ignore_conflicts else " RETURNING id"
    sql = f'INSERT INTO "{model._meta.db_table}" ({names}) SELECT * FROM {_arrays(fields)}{tail}'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(sql, columns)
        if not ignore_conflicts:
            # in the order of the arrays, as Django's own bulk_create has it
            for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = key


def update(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Set these fields; each row is their values, and the primary key last."""
    if not rows:
        return
    fields = [model._meta.get_field(name) for name in names]
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            set_ = ", ".join(f'"{field.column}" = %s' for field in fields)
            prepared = [
                [*(f.get_db_prep_save(value, connection) for f, value in zip(fields, row, strict=False)), row[-1]]
                for row in rows
            ]
            cursor.executemany(f'UPDATE "{table}" SET {set_} WHERE id = %s', prepared)  # noqa: S608
            return
        fields.append(model._meta.pk)
        set_ = ", ".join(f'"{field.column}" = given."{field.column}"' for field in fields[:-1])
        given = ", ".join(f'"{field.column}"' for field in fields)
        cursor.execute(
            f'UPDATE "{table}" SET {set_} FROM {_arrays(fields)} AS given ({given}) WHERE "{table}".id = given.id',  # noqa: S608
            [list(column) for column in zip(*rows, strict=True)],
        )


def _arrays(fields: Sequence[models.Field]) -> str:
    """``unnest`` of one array for each field, with its type."""
    types = [str(field.db_type(connection)).partition("(")[0] for field in fields]
    return f"unnest({', '.join(f'%s::{type_}[]' for type_ in types)})"
