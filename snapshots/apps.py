"""Registers the app."""

from django.apps import AppConfig


class SnapshotsConfig(AppConfig):
    """Stored history and everything that is computed from it."""

    name = "snapshots"
