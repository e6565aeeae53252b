"""Who reads a page, as the worker of his browser may know it."""

from typing import Any

from django.utils.crypto import salted_hmac


def reader_of(request: Any) -> str:
    """Whose pages a browser may keep for when it is offline: another for each session, "" for nobody's."""
    user = getattr(request, "user", None)
    is_somebody = user is not None and user.is_authenticated
    key = getattr(getattr(request, "session", None), "session_key", None) if is_somebody else None
    return salted_hmac("dashboard.reader", key).hexdigest()[:16] if key else ""
