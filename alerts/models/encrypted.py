"""A column that is unreadable in the database: keys come from SECRET_KEY, old ones from its fallbacks."""

import base64
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


@lru_cache(maxsize=16)
def _cipher(secrets: tuple[str, ...]) -> MultiFernet:
    """Writes with the key of the first secret and reads with all of them."""

    def key(secret: str) -> bytes:
        derived = HKDF(SHA256(), 32, salt=None, info=b"alerts.destination").derive(secret.encode())
        return base64.urlsafe_b64encode(derived)

    return MultiFernet([Fernet(key(secret)) for secret in secrets])


def cipher() -> MultiFernet:
    """That of the configuration as it is now."""
    return _cipher((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


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
