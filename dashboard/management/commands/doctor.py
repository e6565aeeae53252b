"""Goes through the deployment checklist line by line and says what to do (docs/deployment.md)."""

import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from dashboard.doctor.checklist import CHECKLIST
from dashboard.doctor.line import BAD


class Command(BaseCommand):
    """Changes nothing. Exit code 1 if a line is bad."""

    help = "Go through the deployment checklist and say what to do."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs: a list of objects")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [(line, line.found()) for line in CHECKLIST]
        bad = sum(one.mark == BAD for _, one in found)
        if options["json"]:
            self.stdout.write(json.dumps([line.as_json(one) for line, one in found], indent=1, ensure_ascii=False))
        else:
            self._print(found, bad)
        if bad:
            sys.exit(1)

    def _print(self, found: list[Any], bad: int) -> None:
        database = connection.settings_dict
        where = database["NAME"] if connection.vendor == "sqlite" else f"{database['HOST']}/{database['NAME']}"
        self.stdout.write(f"Network {settings.CONFIG.hyperliquid_network} (HYPERLIQUID_NETWORK), database {where}")
        part = ""
        for line, one in found:
            if line.part != part:
                part = line.part
                self.stdout.write(f"\n{part}")
            self.stdout.write(f"  {one.mark} {line.title}: {one.said}")
            if one.advice:
                self.stdout.write(f"      {one.advice}")
        self.stdout.write(f"\n{bad} of {len(found)} lines are bad." if bad else "\nNothing is bad.")
