"""Registers the app."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """Alert, Firing, Destination and Delivery: what a user wants to be told, and the telling."""

    name = "alerts"

    def ready(self) -> None:
        """What alerts did is pruned with the rest of history."""
        from alerts import retention

        retention.join()
