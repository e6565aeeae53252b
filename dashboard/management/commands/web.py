"""Serves pages and browser sockets."""

from dashboard import webrunner  # isort: skip - installs the reactor, so it comes before all else of Twisted
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dashboard.refusal import refusal
from monitoring import process


class Command(BaseCommand):
    """Any number may run; stops on SIGINT or SIGTERM, in order."""

    help = "Serve pages and browser sockets on HOST:PORT (needs DATABASE_URL and REDIS_URL)."

    def handle(self, *args, **options) -> None:
        from dashboard.asgi import application

        if why := refusal("web"):
            raise CommandError(why)
        process.prepare("web")
        config = settings.CONFIG
        if failure := webrunner.WebRunner(application, config.host, config.port).run():
            raise CommandError(f"Cannot serve on {config.host}:{config.port}: {failure}. Is PORT taken?")
        process.leave()
