"""Makes the users of the demo ready, and says how to sign in as them."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import demo
from alerts.demo import prepare as prepare_alerts
from exchange.clock import SystemClock


class Command(BaseCommand):
    """May run again and again; refuses on a real exchange and in production."""

    help = "Create the users of the demo (simulated network only)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-alerts", action="store_true", help="the trader watches nothing yet")

    def handle(self, *args, without_alerts: bool = False, **options) -> None:
        try:
            users = demo.prepare()
        except demo.NoDemo as why:
            raise CommandError(str(why)) from why
        if not without_alerts:
            prepare_alerts(users[0], SystemClock().now_ms())
        who = " or ".join(f"{user.username} ({'admin' if user.is_staff else user.tier})" for user in users)
        self.stdout.write(f"Sign in as {who}; the password of both is {demo.PASSWORD}")
