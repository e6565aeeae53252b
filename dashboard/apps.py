"""The app that owns the pages and the commands."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Pages, socket consumer, commands."""

    name = "dashboard"
