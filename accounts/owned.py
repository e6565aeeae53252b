"""Everything that is stored about a user: found by following the foreign keys to him, so nothing can be forgotten.

A model of any app is included by its foreign key to ``User``, or to something that a user owns.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache, reduce
from operator import or_
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Field, Model, Q, QuerySet

from accounts.models import User

SECRETS = {"password", "session_key", "session_data", "digest", "key", "secret"}
"""Fields that give power to whoever reads them: a download says that they exist, and no more."""
SECRET_FIELDS = {"mfa.authenticator.data"}


@cache
def owned_models() -> dict[type[Model], tuple[str, ...]]:
    """Each model whose rows belong to users, with the lookups that lead from a row to its user."""
    found: dict[type[Model], list[str]] = {User: ["pk"]}
    waiting: list[tuple[type[Model], str]] = [(User, "")]
    while waiting:
        model, way = waiting.pop(0)
        for relation in model._meta.get_fields(include_hidden=True):
            if not relation.auto_created or not (relation.one_to_many or relation.one_to_one):
                continue
            owner, name = relation.related_model, relation.field.name
            lookup = f"{name}__{way}" if way else name
            if owner not in found:
                waiting.append((owner, lookup))
            if owner is not User:
                found.setdefault(owner, []).append(lookup)
    return {model: tuple(lookups) for model, lookups in found.items()}


def rows_of(user: User, model: type[Model]) -> QuerySet:
    """The user's rows of one of ``owned_models``; of the audit also those about him."""
    wanted = reduce(or_, (Q(**{lookup: user.pk}) for lookup in owned_models()[model]))
    if model is LogEntry:
        wanted |= about(user)
    return model._default_manager.filter(wanted).order_by("pk")


def about(user: User) -> Q:
    """Entries of the audit that tell what an admin did to the user."""
    return Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))


def stored(user: User) -> Iterator[tuple[type[Model], QuerySet]]:
    """Kinds of rows that exist about the user, his own row first."""
    for model in owned_models():
        rows = rows_of(user, model)
        if rows.exists():
            yield model, rows


def as_dict(row: Model) -> dict[str, Any]:
    """The row for a person to read: names of fields, values that JSON has, secrets only named."""
    return {field.name: value_of(row, field) for field in row._meta.concrete_fields}


def is_secret(field: Field) -> bool:
    """Whether its value must not leave the database."""
    return field.name in SECRETS or f"{field.model._meta.label_lower}.{field.name}" in SECRET_FIELDS


def value_of(row: Model, field: Field) -> Any:
    """One value. A time is ISO 8601 with its zone."""
    value = getattr(row, field.attname)
    if is_secret(field):
        return "(a secret, kept unreadable)" if value else value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | None | dict | list) else str(value)
