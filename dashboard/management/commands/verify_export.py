"""Says whether exported files are as they were written, or which row is the first that is not (docs/export.md)."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from snapshots.export.bundle import Bundle
from snapshots.export.manifest import BadManifest
from snapshots.export.verify import WrongRow, verify


class Command(BaseCommand):
    """Needs no database. Exit code 1 if anything is wrong."""

    help = "Verify exports: folders, ZIPs, or single files with their manifest beside them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)

    def handle(self, *args, **options) -> None:
        wrong = 0
        for path in options["files"]:
            try:
                bundle = Bundle(path)
                for name, count in verify(bundle).items():
                    self.stdout.write(f"{name}: {count} rows, all as they were written")
                self.stdout.write(f"{path}: chain {bundle.manifest['chain']}")
            except (WrongRow, BadManifest) as problem:
                wrong += 1
                self.stdout.write(f"WRONG {problem}")
        if wrong:
            raise CommandError(f"{wrong} of {len(options['files'])} are not as they were written")
