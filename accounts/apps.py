"""Registers the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users."""

    name = "accounts"
