"""Reads the exchange and publishes the Board, if it holds the lease; otherwise stands by."""

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import caches
from django.core.management.base import BaseCommand, CommandError

from dashboard import network
from dashboard.feedrunner import FeedRunner
from dashboard.metrics import watch_feed
from dashboard.refusal import refusal
from exchange.clock import SystemClock
from monitoring import process


def make_runner() -> FeedRunner:
    """A runner for the configured exchange; raises ``network.NoAddress``."""
    clock = SystemClock()
    name = settings.CONFIG.hyperliquid_network
    return FeedRunner(
        network.live_feed,
        network.reach(clock),
        name,
        get_channel_layer(),
        caches["board"],
        clock,
        network.tracker,
        network.recording,
        network.alerting,
    )


class Command(BaseCommand):
    """One leads, any number stand by; stops on SIGINT or SIGTERM."""

    requires_system_checks = ()  # they load all pages, of which it serves none; `web` and `migrate` make them
    help = "Read the exchange and publish the Board (needs DATABASE_URL and REDIS_URL)."

    def handle(self, *args, **options) -> None:
        if why := refusal("feed"):
            raise CommandError(why)
        process.prepare("feed")
        try:
            runner = make_runner()
        except network.NoAddress as error:
            raise CommandError(str(error)) from error
        watch_feed(runner)
        process.run({"feed": runner.run})
