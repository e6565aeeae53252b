"""``manage.py prune``: delete history that is older than the configuration keeps it."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from exchange.clock import SystemClock
from snapshots.retention import prune


class Command(BaseCommand):
    help = "Delete trades, snapshots and what alerts did, older than RETENTION_…_DAYS; accounts' histories stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        verb = "would be deleted" if dry_run else "deleted"
        for one in prune(SystemClock().now_ms(), dry_run):
            if one.before is None:
                self.stdout.write(f"{one.kind}: kept for ever")
                continue
            day = datetime.fromtimestamp(one.before / 1000, UTC)
            self.stdout.write(f"{one.kind}: {one.rows} rows from before {day:%Y-%m-%d %H:%M} UTC {verb}")
