"""Whoever changes how he signs in is signed out everywhere else: a thief's session does not outlive the change."""

from typing import Any

from allauth.account import signals as passwords
from allauth.mfa import signals as factors

from accounts.sessions import end_all

CHANGES = (
    passwords.password_changed,
    passwords.password_set,
    passwords.password_reset,
    factors.authenticator_added,
    factors.authenticator_removed,
    factors.authenticator_reset,
)


def listen() -> None:
    """Called once, when the app is ready."""
    for change in CHANGES:
        change.connect(end_others, dispatch_uid="accounts.changed")


def end_others(request: Any, user: Any, **_: Any) -> None:
    """End all sessions of the user but the one in which the change was made."""
    end_all(user, but=request.session.session_key)
