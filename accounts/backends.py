"""Who may sign in with what name and password."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend


class PasswordBackend(AuthenticationBackend):
    """By username or email, at the cost of one password hash whether the name is known or not.

    allauth alone looks an email up twice, so that a wrong password takes twice as long for a known one.
    """

    def authenticate(self, request: Any, **credentials: Any) -> Any:
        """The user, or None."""
        self._tried: set[int] = set()
        return super().authenticate(request, **credentials)

    def _check_password(self, user: Any, password: str) -> Any:
        if user is None or user.pk in self._tried:
            return None
        self._tried.add(user.pk)
        return super()._check_password(user, password)
