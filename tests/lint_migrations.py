"""``make check``: no migration may break the version before, which runs meanwhile, or keep its tables locked.

By django-migration-linter, on the SQL of Postgres; its warnings about locks are errors here.
"""

import sys
from collections.abc import Iterable

import django

LOCKS = ["CREATE_INDEX", "DROP_INDEX", "REINDEX", "CREATE_INDEX_EXCLUSIVE"]
OURS = ["accounts", "snapshots", "alerts", "monitoring"]

BEFORE_THE_FIRST_RELEASE = (
    "accounts.0001_user",
    "accounts.0003_numbers_and_pending_sign_ins",
    "alerts.0003_deliveries",
    "alerts.0004_destination_codes",
    "snapshots.0002_prune_run",
    "snapshots.0004_words",
)
"""Indexes of tables that are made in the same breath, and columns without a default in the database: no version
ran before them, so there was nothing to break and nobody to keep waiting. This list never grows."""


def has_errors(exempt: Iterable[str] = BEFORE_THE_FIRST_RELEASE) -> bool:
    """Whether any of our migrations is unsafe; says which and why."""
    from django_migration_linter import MigrationLinter

    linter = MigrationLinter(
        ".",
        include_apps=OURS,
        ignore_name=[name.partition(".")[2] for name in exempt],
        warnings_as_errors_tests=LOCKS,
        no_cache=True,
        quiet=["ok", "ignore"],
    )
    linter.lint_all_migrations()
    linter.print_summary()
    return bool(linter.has_errors)


if __name__ == "__main__":
    django.setup()
    sys.exit(has_errors())
