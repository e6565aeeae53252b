"""Unix milliseconds as people read them: in lists and forms of the admin a moment is a date and a time, UTC."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, Model
from django.utils.html import format_html

from exchange.figures import utc_moment

NAMES = {"at", "time", "timestamp", "start", "end", "since", "first", "reached"}
NAMES |= {"seen_until", "not_before", "snoozed_until", "code_until", "blind_since", "dirty_from", "dirty_to"}
"""Fields that hold a moment, besides those called ``…_at``."""
EMPTY = "-"
"""As Django's admin writes nothing."""


def is_moment(model: type[Model], name: str) -> bool:
    """Whether the field of that name holds Unix ms."""
    field = next((one for one in model._meta.fields if one.name == name), None)
    return isinstance(field, BigIntegerField) and (name in NAMES or name.endswith("_at"))


def legible(model: type[Model], names: Iterable[Any]) -> list[Any]:
    """The columns or fields, with those that hold a moment replaced by what writes it."""
    return [_written(model, name) if isinstance(name, str) and is_moment(model, name) else name for name in names]


def _written(model: type[Model], name: str) -> Callable[[Model], str]:
    """The column of a moment; 0 is none, and the exact figure is its title."""

    @admin.display(description=model._meta.get_field(name).verbose_name, ordering=name)
    def shown(row: Model) -> str:
        ms = getattr(row, name)
        return format_html('<span class="moment" title="{}">{}</span>', ms, utc_moment(ms)) if ms else EMPTY

    shown.__name__ = name  # the column's class
    return shown
