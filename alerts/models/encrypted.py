"""A column that is unreadable in the database (``accounts/cipher.py``)."""

import json
from typing import Any

from cryptography.fernet import MultiFernet
from django.db import models

from accounts.cipher import cipher as cipher_for


def cipher() -> MultiFernet:
    """That of destinations' secrets."""
    return cipher_for("alerts.destination")


class Encrypted(models.TextField):
    """A dict, as JSON under Fernet (AES-128-CBC with HMAC-SHA256). It cannot be searched.

    Reading what no key opens raises ``cryptography.fernet.InvalidToken``: a lost key is not an empty secret.
    """

    description = "Encrypted"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> dict[str, Any]:
        return json.loads(cipher().decrypt(value.encode())) if value else {}

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> str:
        return cipher().encrypt(json.dumps(value).encode()).decode() if value else ""

    def get_lookup(self, lookup_name: str) -> Any:
        """None: the same secret is written differently each time."""
        return None
