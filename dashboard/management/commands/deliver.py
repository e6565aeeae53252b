"""Sends the messages of alerts."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.rate import Limiter
from alerts.deliver import Deliverer
from dashboard.refusal import refusal
from exchange.clock import SystemClock
from monitoring import process

HOUR_MS = 3_600_000


def make_deliverer() -> Deliverer:
    """As it is configured."""
    config = settings.CONFIG
    limiter = Limiter(config.redis_url, config.hyperliquid_network)
    return Deliverer(SystemClock(), limiter, config.alerts_threads, config.alerts_give_up_hours * HOUR_MS)


class Command(BaseCommand):
    """Any number may run; stops on SIGINT or SIGTERM, when what is under way has come back."""

    help = "Send the messages of alerts (needs DATABASE_URL and REDIS_URL)."

    def handle(self, *args, **options) -> None:
        if why := refusal("deliver"):
            raise CommandError(why)
        process.prepare()
        process.run({"deliverer": make_deliverer().run})
