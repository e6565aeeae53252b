"""Django's, with as much time for a statement as it needs. It waits for a table no longer than others do."""

from typing import Any

from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS

from snapshots.long_statements import long_statements


class Command(migrate.Command):
    """One that waits for a table keeps everybody waiting behind it: it fails instead, and is run again."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] != DEFAULT_DB_ALIAS:
            super().handle(*args, **options)
            return
        with long_statements(0):
            super().handle(*args, **options)
