"""Reads the exchange and publishes the Board, if it holds the lease; otherwise stands by."""

import asyncio
import signal

from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand, CommandError

from dashboard import network
from dashboard.feedrunner import FeedRunner
from dashboard.metrics import watch_feed
from dashboard.refusal import refusal
from dashboard.watched import Runner, Watched
from exchange.clock import SystemClock
from monitoring.metrics.process import watch_process


def make_runner() -> FeedRunner:
    """A runner for the configured exchange; raises ``network.NoAddress``."""
    clock = SystemClock()
    name = settings.CONFIG.hyperliquid_network
    return FeedRunner(
        network.live_feed,
        network.reach(clock),
        name,
        get_channel_layer(),
        cache,
        clock,
        network.tracker,
        network.recording,
        network.alerting,
    )


async def run_until_told(runner: Runner) -> None:
    """Run until SIGINT or SIGTERM; what it holds it gives back by itself."""
    task = asyncio.ensure_future(runner.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        pass


class Command(BaseCommand):
    """One leads, any number stand by; stops on SIGINT or SIGTERM."""

    help = "Read the exchange and publish the Board (needs DATABASE_URL and REDIS_URL)."

    def handle(self, *args, **options) -> None:
        if why := refusal("feed"):
            raise CommandError(why)
        try:
            runner = make_runner()
        except network.NoAddress as error:
            raise CommandError(str(error)) from error
        watch_process("feed")
        asyncio.run(run_until_told(Watched(runner, (watch_feed(runner).run,))))
