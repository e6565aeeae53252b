"""Registers the app."""

from django.apps import AppConfig


class MonitoringConfig(AppConfig):
    """Health checks and leadership."""

    name = "monitoring"
