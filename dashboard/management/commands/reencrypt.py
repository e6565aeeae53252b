"""After a change of SECRET_KEY: encrypts what is stored with the new one (docs/administration.md)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.reencrypt import reencrypt

LOST = (
    "{count} could not be read, such as {first}: the key that they were written with is neither SECRET_KEY nor "
    "among SECRET_KEY_FALLBACKS. Name it there and run this again. If it is lost for good, --delete-unreadable "
    "deletes them: pages that show them fail until then, and their owners add them anew."
)


class Command(BaseCommand):
    """May be run at any time, and again; processes that know both keys go on meanwhile."""

    help = "Encrypt stored secrets anew with SECRET_KEY; those of SECRET_KEY_FALLBACKS are read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete-unreadable", action="store_true", help="delete what no key opens any more")

    def handle(self, *args: Any, **options: Any) -> None:
        done, unreadable = reencrypt(options["delete_unreadable"])
        for name, count in done.items():
            self.stdout.write(f"{count} {name} written with the key of now.")
        if unreadable and options["delete_unreadable"]:
            self.stdout.write(f"Deleted, since no key opens them: {', '.join(unreadable)}.")
        elif unreadable:
            raise CommandError(LOST.format(count=len(unreadable), first=", ".join(unreadable[:5])))
