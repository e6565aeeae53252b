"""Sends the messages of alerts."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.rate import Limiter
from alerts.deliver import Deliverer
from alerts.models import Delivery
from dashboard.refusal import refusal
from exchange.clock import SystemClock
from monitoring import process
from monitoring.metrics.alerts import deliverer
from monitoring.metrics.registry import sources
from monitoring.tracing import leg

HOUR_MS = 3_600_000


class TracedDeliverer(Deliverer):
    """Each message is a journey of its own."""

    def _send(self, transport: Any, parcel: list[Delivery]) -> Exception | None:
        with leg("queue.process", f"delivery by {parcel[0].destination.kind}"):
            return super()._send(transport, parcel)


def make_deliverer() -> Deliverer:
    """As it is configured; ``/metrics`` tells of it."""
    config = settings.CONFIG
    limiter = Limiter(config.redis_url, config.hyperliquid_network)
    made = TracedDeliverer(SystemClock(), limiter, config.alerts_threads, config.alerts_give_up_hours * HOUR_MS)
    sources.add("deliverer", lambda: deliverer(made))
    return made


class Command(BaseCommand):
    """Any number may run; stops on SIGINT or SIGTERM, when what is under way has come back."""

    requires_system_checks = ()  # they load all pages, of which it serves none; `web` and `migrate` make them
    help = "Send the messages of alerts (needs DATABASE_URL and REDIS_URL)."

    def handle(self, *args, **options) -> None:
        if why := refusal("deliver"):
            raise CommandError(why)
        process.prepare("deliver")
        process.run({"deliverer": make_deliverer().run})
