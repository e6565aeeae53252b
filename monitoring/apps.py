"""Registers the app."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Health checks and leadership."""

    name = "monitoring"

    def ready(self) -> None:
        """How services were is pruned with the rest of history."""
        from monitoring import retention

        retention.join()
