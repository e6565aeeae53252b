"""The app that owns the pages and the commands."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    """Pages, socket consumer, commands."""

    name = "dashboard"

    def ready(self) -> None:
        """Packages to the left may not import from here: they are handed the way to the exchange."""
        from django.contrib import admin

        from accounts.network import introduce
        from dashboard import checks, network, overview  # noqa: F401 - checks are registered by being imported
        from monitoring import garbage

        introduce(network.info, network.budget)
        admin.site.overview = overview.overview
        garbage.begin()
