"""Writes what is encrypted in the database anew, with the key of ``SECRET_KEY`` as it is now.

Afterwards nothing stored needs the keys in ``SECRET_KEY_FALLBACKS`` any more. Rows are read and written under a
lock, a few at a time, so that nothing is lost that somebody changes meanwhile.
"""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.db import models, transaction

from accounts.adapter import ENCRYPTED, PURPOSE
from accounts.cipher import cipher
from alerts.models import Destination

AT_ONCE = 200


def reencrypt(deletes: bool = False) -> tuple[dict[str, int], list[str]]:
    """How many rows of each kind were written anew, and which no key opens: those stay, or are deleted."""
    unreadable: list[models.Model] = []
    done = {
        "destinations": each(Destination, new_destination, unreadable),
        "second factors": each(Authenticator, new_factor, unreadable),
    }
    names = [f"{row._meta.verbose_name} {row.pk}" for row in unreadable]
    for row in unreadable if deletes else ():
        row.delete()
    return done, names


def each(model: type[models.Model], rewrite: Callable[[Any], bool], unreadable: list[models.Model]) -> int:
    """Go through the table by key; how many rows ``rewrite`` changed."""
    changed, last, keys = 0, 0, [0]
    while keys:
        with transaction.atomic():
            rows = model._default_manager.select_for_update().filter(pk__gt=last).order_by("pk")
            keys = list(rows.values_list("pk", flat=True)[:AT_ONCE])
            for last in keys:
                try:
                    changed += rewrite(model._default_manager.get(pk=last))
                except InvalidToken:
                    unreadable.append(model(pk=last))
    return changed


def new_destination(destination: Destination) -> bool:
    """The column encrypts what is written."""
    if destination.secret:
        destination.save(update_fields=["secret"])
    return bool(destination.secret)


def new_factor(factor: Authenticator) -> bool:
    """Secrets of apps and seeds of recovery codes; a passkey has none."""
    new = {name: anew(value) for name, value in factor.data.items()}
    if new == factor.data:
        return False
    factor.data = new
    factor.save(update_fields=["data"])
    return True


def anew(value: Any) -> Any:
    """The text under the new key; what is not encrypted as it is. Raises ``InvalidToken`` if no key opens it."""
    if isinstance(value, list):
        return [anew(one) for one in value]
    if isinstance(value, str) and value.startswith(ENCRYPTED):
        return cipher(PURPOSE).rotate(value.encode()).decode()
    return value
