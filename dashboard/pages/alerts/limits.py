"""How often somebody may have something sent, whatever his tier: it may go to somebody else’s address."""

from typing import Any

from allauth.core.ratelimit import consume


def may(request: Any, act: str) -> bool:
    """Count one of ``ACCOUNT_RATE_LIMITS``; False: too many lately."""
    return bool(consume(request, action=act, user=request.user))
