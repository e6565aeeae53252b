"""Brings a backup back into an empty database (docs/deployment.md)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.clock import SystemClock
from monitoring.backup.errors import BackupError
from monitoring.backup.restore import restore


class Command(BaseCommand):
    """Web, feed and deliver must not run. Needs a role that may make tables."""

    help = "Restore a backup into the configured database, which must be empty."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="give up what the database holds")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["file"], SystemClock(), options["force"])
        except BackupError as error:
            raise CommandError(f"Nothing was restored: {error}.") from error
        made = datetime.fromtimestamp(manifest["made_at"] / 1000, UTC)
        rows = sum(manifest["rows"].values())
        self.stdout.write(f"{rows} rows are back, as of {made:%Y-%m-%d %H:%M:%S} UTC.")
