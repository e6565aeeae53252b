"""Makes the users of the demonstration ready, and says how to sign in as them."""

from django.core.management.base import BaseCommand, CommandError

from accounts import demo


class Command(BaseCommand):
    """May run again and again; refuses on a real exchange and in production."""

    help = "Create the users of the demonstration (simulated network only)."

    def handle(self, *args, **options) -> None:
        try:
            users = demo.prepare()
        except demo.NoDemo as why:
            raise CommandError(str(why)) from why
        who = " or ".join(f"{user.username} ({'admin' if user.is_staff else user.tier})" for user in users)
        self.stdout.write(f"Sign in as {who}; the password of both is {demo.PASSWORD}")
