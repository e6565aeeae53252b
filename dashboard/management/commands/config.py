"""Prints the configuration that this installation runs with."""

from django.conf import settings
from django.core.management.base import BaseCommand

from dashboard.config_load import variables
from dashboard.config_table import table


class Command(BaseCommand):
    """One line a variable, in sections; secrets masked; a star where the value is not the default."""

    help = "Print the configuration, secrets masked."

    def add_arguments(self, parser) -> None:
        parser.add_argument("--table", action="store_true", help="print the tables of docs/configuration.md")

    def handle(self, *args, **options) -> None:
        if options["table"]:
            self.stdout.write(table())
            return
        section = ""
        for one in variables():
            if one.rule.section != section:
                section = one.rule.section
                self.stdout.write(f"\n{section}")
            value = getattr(settings.CONFIG, one.name.lower())
            mark = " " if value == one.default else "*"
            self.stdout.write(f"{mark} {one.name}={one.shown(value)}")
        self.stdout.write("\n* differs from the default")
