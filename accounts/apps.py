"""Registers the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users."""

    name = "accounts"

    def ready(self) -> None:
        """Listen to changes of how people sign in."""
        from accounts.changed import listen

        listen()
