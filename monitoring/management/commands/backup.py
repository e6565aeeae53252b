"""Writes a backup of the database, or says whether one is whole (docs/deployment.md)."""

import logging
import signal
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.clock import SystemClock, pause
from monitoring.backup.archive import verified
from monitoring.backup.errors import BackupError
from monitoring.backup.folder import backups, made_at
from monitoring.backup.make import make

log = logging.getLogger(__name__)
NEWEST = "newest"
RETRY_S = 300.0


class Command(BaseCommand):
    """Nothing has to be stopped for it. Exit code 1 if there is no whole backup afterwards."""

    help = "Back up the database into BACKUP_DIR: compressed, checked, encrypted if BACKUP_KEY is set."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--verify", nargs="?", const=NEWEST, metavar="FILE", help="only check one (the newest)"
        )
        parser.add_argument(
            "--every", type=float, metavar="HOURS", help="have one that is no older, until told to stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that an unfinished file is removed
        if options["every"] is not None:
            self._keep_making(options["every"] * 3600)
            return
        try:
            if options["verify"]:
                self._verify(options["verify"])
            else:
                self._make()
        except BackupError as error:
            raise CommandError(str(error)) from error

    def _make(self) -> None:
        made = make(SystemClock())
        size = made.file.stat().st_size
        self.stdout.write(f"{made.file}: {made.rows} rows in {len(made.manifest['rows'])} tables, {size} bytes")
        for file in made.gone:
            self.stdout.write(f"{file.name} deleted: BACKUP_KEEP={settings.CONFIG.backup_keep}")

    def _verify(self, which: str) -> None:
        config = settings.CONFIG
        found = [Path(which)] if which != NEWEST else backups(config.backups, config.hyperliquid_network)[-1:]
        if not found:
            raise BackupError(f"there is no backup of {config.hyperliquid_network} in {config.backups}")
        manifest = verified(found[0], config.backup_key)
        rows = sum(manifest["rows"].values())
        self.stdout.write(f"{found[0]}: {rows} rows in {len(manifest['rows'])} tables, all as they were written")

    def _keep_making(self, seconds: float) -> None:
        """One that fails is logged and tried again soon. Starting again makes none: it would push old ones out."""
        while True:
            try:
                pause(SystemClock(), _due_in(seconds))
                self._make()
            except BackupError:
                log.exception("No backup was made")
                pause(SystemClock(), min(seconds, RETRY_S))


def _due_in(seconds: float) -> float:
    """How long the newest backup is still good for, if one is made every so many ``seconds``."""
    config, now = settings.CONFIG, SystemClock().now_ms()
    found = backups(config.backups, config.hyperliquid_network)[-1:]
    return min(seconds, max(0.0, seconds - (now - made_at(found[0])) / 1000)) if found else 0.0
