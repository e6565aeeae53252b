"""Which migrations a database and this program have: a backup is brought back to the very state it was made in."""

from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from monitoring.backup.errors import BackupError

OF_THE_FRAME = ("django_migrations", "django_content_type", "auth_permission", "monitoring_")
"""How the names of tables begin that a new installation fills by itself."""


def applied() -> list[str]:
    """What has been applied to the database, as ``app.name``."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


def tables() -> list[str]:
    """The tables of the project that exist, in order of their names."""
    models = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return sorted({*models, "django_migrations"})


def filled() -> list[str]:
    """Tables that hold what somebody would miss."""
    found = []
    with connection.cursor() as cursor:
        for table in tables():
            if not table.startswith(OF_THE_FRAME):
                cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})")  # noqa: S608
                if cursor.fetchone()[0]:
                    found.append(table)
    return found


def refuse_unknown(manifest: dict[str, Any]) -> None:
    """Raise BackupError if it was made by a version that has migrations which this one has not."""
    known = {f"{app}.{name}" for app, name in MigrationExecutor(connection).loader.graph.nodes}
    if strange := sorted(set(manifest["migrations"]) - known):
        raise BackupError(
            f"it was made by version {manifest['made_by']}, whose migrations this one does not have "
            f"({', '.join(strange)}): restore with that version or a newer one"
        )


def migrate_to(names: list[str]) -> None:
    """Bring an empty database to the state in which exactly these migrations are applied."""
    executor = MigrationExecutor(connection)
    wanted = {tuple(name.split(".", 1)) for name in names}
    graph = executor.loader.graph
    followed = {parent.key for key in wanted for parent in graph.node_map[key].parents}
    last = sorted(wanted - followed)
    executor.migrate(last)
    if (now := applied()) != sorted(names):
        raise BackupError(f"the database could not be brought to the state of the backup, but to {', '.join(now)}")
