"""The cipher of what must not be read in the database: keys come from SECRET_KEY, old ones from its fallbacks."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


@lru_cache(maxsize=16)
def _cipher(secrets: tuple[str, ...], purpose: str) -> MultiFernet:
    """Writes with the key of the first secret and reads with all of them."""

    def key(secret: str) -> bytes:
        derived = HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())
        return base64.urlsafe_b64encode(derived)

    return MultiFernet([Fernet(key(secret)) for secret in secrets])


def cipher(purpose: str) -> MultiFernet:
    """That of the configuration as it is now (AES-128-CBC with HMAC-SHA256); each purpose has keys of its own."""
    return _cipher((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS), purpose)
