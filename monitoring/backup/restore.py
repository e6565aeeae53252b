"""Brings a backup back. Everything that can be checked is checked before anything is changed."""

import sqlite3
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import Error, connection

from exchange.clock import Clock
from monitoring.backup import postgres, sqlite
from monitoring.backup.archive import opened, verified
from monitoring.backup.errors import BackupError
from monitoring.backup.migrated import applied, filled, migrate_to, refuse_unknown
from monitoring.models import Lease
from monitoring.owner import NOT_THE_OWNER, is_forbidden


def restore(file: Path, clock: Clock, force: bool = False) -> dict[str, Any]:
    """Make the configured database what it was; its manifest. Raises BackupError, and has changed nothing then.

    ``force`` gives up what the database holds. Afterwards migrations that are newer than the backup are applied.
    """
    config = settings.CONFIG
    manifest = verified(file, config.backup_key)
    if manifest["network"] != config.hyperliquid_network:
        raise BackupError(f"it holds {manifest['network']}, and this installation is {config.hyperliquid_network}")
    if manifest["database"] != connection.vendor:
        raise BackupError(f"it was made on {manifest['database']}, and this database is {connection.vendor}")
    refuse_unknown(manifest)
    try:
        _refuse_full(clock.now_ms(), force)
        _put(file, manifest)
        call_command("migrate", interactive=False, verbosity=0)
    except (Error, sqlite3.Error) as error:
        hint = f". {NOT_THE_OWNER.removesuffix('.')}" if is_forbidden(error) else ""
        raise BackupError(f"the database refused it: {str(error).strip()}{hint}") from error
    except OSError as error:
        raise BackupError(f"there is no room for it: {error.strerror or error}") from error
    return manifest


def _refuse_full(now: int, force: bool) -> None:
    held = connection.introspection.table_names()
    if Lease._meta.db_table in held and Lease.objects.filter(expires_at__gt=now).exists():
        raise BackupError("a feed leads on this database: stop web, feed and deliver first")
    if not force and (held := filled()):
        names = ", ".join(held[:5]) + (f" and {len(held) - 5} more" if len(held) > 5 else "")
        raise BackupError(f"the database is not empty ({names}): --force gives up what it holds")


def _put(file: Path, manifest: dict[str, Any]) -> None:
    key = settings.CONFIG.backup_key
    if connection.vendor != "postgresql":
        beside = Path(connection.settings_dict["NAME"]).with_suffix(".restoring")
        with opened(file, key) as tar, sqlite.unpacked(tar, manifest, beside) as copy:
            sqlite.put(copy)
        return
    if not connection.introspection.table_names():
        migrate_to(manifest["migrations"])
    elif applied() != manifest["migrations"]:
        raise BackupError(
            f"the database is not that of version {manifest['made_by']}, which made the backup: restore into a "
            "new, empty one and name that in DATABASE_URL"
        )
    with opened(file, key) as tar:
        postgres.load(tar, manifest)
