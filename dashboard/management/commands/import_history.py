"""Brings an export into an instance that has no history yet (docs/export.md)."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from snapshots.export.bundle import Bundle
from snapshots.export.manifest import BadManifest
from snapshots.export.restore import CannotImport, restore
from snapshots.export.verify import WrongRow


class Command(BaseCommand):
    """Verifies each row; all or nothing."""

    help = "Import an export (folder or ZIP) into an empty instance."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("export", type=Path)
        parser.add_argument("--user", help="who becomes the owner of notes on round trips")

    def handle(self, *args, **options) -> None:
        user = options["user"] and User.objects.filter(username=options["user"]).first()
        if options["user"] and user is None:
            raise CommandError(f"no user is called {options['user']}")
        try:
            counts = restore(Bundle(options["export"]), user)
        except (CannotImport, WrongRow, BadManifest) as problem:
            raise CommandError(f"nothing was imported: {problem}") from problem
        for name, count in counts.items():
            self.stdout.write(f"{name}: {count} rows")
