"""Everything in one process, for one machine: no database server, no Redis."""

from dashboard import webrunner  # isort: skip - installs the reactor, so it comes before all else of Twisted
from contextlib import ExitStack

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard import network
from dashboard.management.commands.deliver import make_deliverer
from dashboard.management.commands.feed import make_runner
from dashboard.metrics import watch_feed
from dashboard.simulation import CannotSimulate, Simulation
from monitoring import process


class Command(BaseCommand):
    """Brings the database up to date, starts a simulated exchange if one is needed, serves until Ctrl-C."""

    help = "Run everything in one process (the simulated exchange, if it is configured, in a child)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="with the users of the demo (demo_users)")

    def handle(self, *args, demo: bool = False, **options) -> None:
        from dashboard.asgi import application

        process.prepare("up")
        config = settings.CONFIG
        call_command("migrate", interactive=False, verbosity=0)
        if demo:
            call_command("demo_users")
        with ExitStack() as stack:
            if not network.is_configured():
                try:
                    network.use(stack.enter_context(Simulation(config)).addresses)
                except CannotSimulate as error:
                    raise CommandError(str(error)) from error
            feed = make_runner()
            beside = {"feed": feed.run, "deliverer": make_deliverer().run}
            watch_feed(feed)
            runner = webrunner.WebRunner(application, config.host, config.port, beside)
            if failure := runner.run():
                raise CommandError(f"Cannot serve on {config.host}:{config.port}: {failure}. Is PORT taken?")
        process.leave()
