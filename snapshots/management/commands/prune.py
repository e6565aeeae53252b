"""``manage.py prune``: delete history that is older than the configuration keeps it."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from exchange.clock import SystemClock
from snapshots.long_statements import long_statements
from snapshots.pruning import LONGEST_S
from snapshots.retention import Pruned, prune


class Command(BaseCommand):
    help = "Delete trades, snapshots and what alerts did, older than RETENTION_…_DAYS; accounts' histories stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")

    def handle(self, *args: Any, dry_run: bool = False, **options: Any) -> None:
        verb = "would be deleted" if dry_run else "deleted"
        with long_statements(LONGEST_S):
            for one in prune(SystemClock().now_ms(), dry_run):
                self.stdout.write(in_words(one, verb))


def in_words(one: Pruned, verb: str) -> str:
    """One line about one kind of rows."""
    if one.before is None:
        return f"{one.kind}: kept for ever"
    day = datetime.fromtimestamp(one.before / 1000, UTC)
    return f"{one.kind}: {one.rows} rows from before {day:%Y-%m-%d %H:%M} UTC {verb}"
