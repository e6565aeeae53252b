"""After a change of SECRET_KEY: encrypts what is stored with the new one (docs/administration.md)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.reencrypt import reencrypt

LOST = (
    "{count} could not be read, such as {first}: the key that they were written with is neither SECRET_KEY nor "
    "among SECRET_KEY_FALLBACKS. Name it there and run this again; if it is lost, their owners set them up anew."
)


class Command(BaseCommand):
    """May be run at any time, and again; processes that know both keys go on meanwhile."""

    help = "Encrypt stored secrets anew with SECRET_KEY; those of SECRET_KEY_FALLBACKS are read."

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable = reencrypt()
        for name, count in done.items():
            self.stdout.write(f"{count} {name} written with the key of now.")
        if unreadable:
            raise CommandError(LOST.format(count=len(unreadable), first=", ".join(unreadable[:5])))
