"""Writes stored history into files that can be verified and imported (docs/export.md)."""

from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from snapshots.export.lines import FORMATS
from snapshots.export.selection import Selection
from snapshots.export.tables import TABLES
from snapshots.export.write import Export, to_folder
from snapshots.models import Account


def milliseconds(text: str) -> int:
    """Unix ms of an ISO 8601 time; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


class Command(BaseCommand):
    """All accounts, coins, times and tables unless some are named; notes only of a named user."""

    help = "Export stored history as CSV or JSON lines, with a manifest."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a new or empty folder")
        parser.add_argument("--format", choices=FORMATS, default="csv")
        parser.add_argument("--tables", nargs="+", choices=TABLES, metavar="TABLE", help=", ".join(TABLES))
        parser.add_argument("--wallet", nargs="+", default=[], metavar="0x…", help="accounts")
        parser.add_argument("--coin", nargs="+", default=[], help="as the exchange writes them")
        parser.add_argument("--from", dest="start", type=milliseconds, metavar="TIME", help="ISO 8601, UTC")
        parser.add_argument("--to", dest="end", type=milliseconds, metavar="TIME", help="excluded")
        parser.add_argument("--user", help="whose notes on round trips")

    def handle(self, *args, **options) -> None:
        user = options["user"] and User.objects.filter(username=options["user"]).first()
        if options["user"] and user is None:
            raise CommandError(f"no user is called {options['user']}")
        chosen = Selection(
            accounts=tuple(self._accounts([one.lower() for one in options["wallet"]])),
            coins=tuple(options["coin"]),
            start=options["start"],
            end=options["end"],
            user=user,
        )
        tables = options["tables"] or [name for name in TABLES if name != "trip_notes" or user]
        export = Export(chosen, [TABLES[name] for name in tables], options["format"])
        try:
            to_folder(export, options["folder"])
        except OSError as error:
            raise CommandError(str(error)) from error
        for table in export.done:
            gaps = sum(span["state"] == "gap" for span in table["coverage"])
            self.stdout.write(f"{table['file']}: {table['rows']} rows{f', {gaps} gaps' if gaps else ''}")

    @staticmethod
    def _accounts(addresses: list[str]) -> list[Account]:
        found = Account.objects.order_by("address")
        if not addresses:
            return list(found)
        known = list(found.filter(address__in=addresses))
        if missing := set(addresses) - {account.address for account in known}:
            raise CommandError(f"nothing is stored of {', '.join(sorted(missing))}")
        return known
