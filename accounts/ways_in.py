"""How somebody can sign in, so that the last way is never taken away."""

from allauth.mfa.models import Authenticator

from accounts.models import User


def ways_in(user: User, without_key: int | None = None) -> set[str]:
    """Of ``password``, ``wallet`` and ``passkey``, those that the user has; each opens the door alone.

    ``without_key`` leaves one passkey out of account.
    """
    keys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exclude(pk=without_key)
    has_passkey = any(key.wrap().is_passwordless for key in keys)  # others are a second step only
    found = {"password": user.has_usable_password(), "wallet": bool(user.address), "passkey": has_passkey}
    return {way for way, has in found.items() if has}


def is_last_way(user: User, way: str) -> bool:
    """Whether nothing else would let the user in."""
    return ways_in(user) <= {way}
