"""Registers the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users."""

    name = "accounts"
    verbose_name = "Users and wallets"  # allauth's own app is "Accounts" to the admin

    def ready(self) -> None:
        """Listen to changes of how people sign in."""
        from accounts.changed import listen

        listen()
