"""Milliseconds as people read them: in lists and forms of the admin a moment is a date and a time, UTC, and a
duration has its units."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, Model
from django.utils.html import format_html

from exchange.figures import utc_moment
from exchange.spans import span

NAMES = {"at", "time", "timestamp", "start", "end", "since", "first", "reached"}
NAMES |= {"seen_until", "not_before", "snoozed_until", "code_until", "blind_since", "dirty_from", "dirty_to"}
"""Fields that hold a moment, besides those called ``…_at``."""
DURATIONS = {"window", "hold", "cooldown", "remind_every", "escalate_after", "late_by", "latency", "latency_max"}
"""Fields that hold a span of time, in ms."""
EMPTY = "-"
"""As Django's admin writes nothing."""


def is_moment(model: type[Model], name: str) -> bool:
    """Whether the field of that name holds Unix ms."""
    field = next((one for one in model._meta.fields if one.name == name), None)
    return isinstance(field, BigIntegerField) and (name in NAMES or name.endswith("_at"))


def legible(model: type[Model], names: Iterable[Any]) -> list[Any]:
    """The columns or fields, with those that hold a moment or a duration replaced by what writes it."""
    return [_written(model, name) if isinstance(name, str) else name for name in names]


def _written(model: type[Model], name: str) -> str | Callable[[Model], str]:
    """A column of times, whose exact figures are its titles; any other remains."""
    if is_moment(model, name):
        words, kind = utc_moment, "moment"
    elif name in DURATIONS:
        words, kind = _span, "span"
    else:
        return name

    @admin.display(description=model._meta.get_field(name).verbose_name, ordering=name)
    def shown(row: Model) -> str:
        ms = getattr(row, name)
        return format_html('<span class="{}" title="{}">{}</span>', kind, ms, words(ms)) if ms else EMPTY

    shown.__name__ = name  # the column's class
    return shown


def _span(ms: float) -> str:
    """``1 min 30 s``, to the millisecond; what is quicker is ``< 1 ms``."""
    return span(round(ms)) if ms >= 0.5 else "< 1 ms"
