"""Makes a backup: written beside, read back and checked, and only then given its name."""

import os
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection

from exchange.clock import Clock
from monitoring.backup import folder, postgres, sqlite
from monitoring.backup.archive import Archive, verified
from monitoring.backup.errors import BackupError


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup and what its manifest says; ``gone`` were too many."""

    file: Path
    manifest: dict[str, Any]
    gone: list[Path]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(self.manifest["rows"].values())


def make(clock: Clock) -> Made:
    """Write a backup of the database into ``BACKUP_DIR``; raises BackupError, and leaves nothing then."""
    config, at = settings.CONFIG, clock.now_ms()
    where, network = config.backups, config.hyperliquid_network
    name = folder.name_of(network, at, bool(config.backup_key))
    unfinished = where / f".{name}.part"
    try:
        _write(unfinished, config.backup_key, at)
        manifest = verified(unfinished, config.backup_key)
        folder.settle(unfinished, where / name)
    except OSError as error:
        raise BackupError(f"cannot write to {where}: {error.strerror or error}") from error
    except (Error, sqlite3.Error) as error:
        which = f"the database of {network} (HYPERLIQUID_NETWORK)"
        raise BackupError(f"{which} could not be read: {error}") from error
    finally:
        with suppress(OSError):  # there is no such folder
            unfinished.unlink()
    return Made(where / name, manifest, folder.thin_out(where, network, config.backup_keep, clock.now_ms()))


def _write(file: Path, passphrase: str, at: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        archive = Archive(out, passphrase, at)
        if connection.vendor == "postgresql":
            found = postgres.dump(archive)
        else:
            found = sqlite.dump(archive, file.with_name(f"{file.name}.copy"))
        archive.close(
            {
                "made_at": at,
                "made_by": settings.VERSION,
                "network": settings.CONFIG.hyperliquid_network,
                "database": connection.vendor,
                **found,
            }
        )
