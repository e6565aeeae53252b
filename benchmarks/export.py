"""Taking history away and bringing it back: rows a second, and memory that does not grow with the rows.

``python -m benchmarks.export [--rows N]``: SQLite, N fills and a tenth of them, each step a process of its own:
export as CSV and as JSON lines, the ZIP that the site sends, verification, import into an empty instance whose
export must be the same bytes. Beside it the plain way: the ORM's iterator into ``csv.writer``, without a hash.

Aims: at least a third as fast as the plain way, and N rows take at most 16 MB more than a tenth of them.
"""

import argparse
import csv
import filecmp
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from benchmarks.aims import Aim, at_least, below, stop_with_all, table

ROWS = 200_000
BATCH = 5_000
ADDRESS = "0x" + "a1" * 20
START = 1_764_028_800_000
ROOT = Path(__file__).resolve().parent.parent
STEPS = ("plain", "csv", "jsonl", "zip", "verify", "import", "again")


def fill(folder: Path, count: int) -> None:
    """``count`` fills of one account."""
    from django.core.management import call_command

    from snapshots.models import Account, Fill

    call_command("migrate", verbosity=0)
    account = Account.objects.create(address=ADDRESS, added_at=0)
    same = {"account": account, "coin": "BTC", "dir": "Open Long", "hash": f"0x{'1' * 64}", "crossed": True}
    same |= {"side": "B", "fee_token": "USDC", "closed_pnl": Decimal("-12.345678"), "received_at": START}
    amounts = {"sz": Decimal("0.51230"), "start_position": Decimal("1.25"), "fee": Decimal("18.932175")}
    for first in range(0, count, BATCH):
        numbers = range(first, min(count, first + BATCH))
        rows = (
            Fill(**same, **amounts, px=Decimal("84143.0") + n, time=START + n // 3, tid=n, oid=600_000_000_000 + n)
            for n in numbers
        )
        Fill.objects.bulk_create(rows)


def plain(folder: Path) -> None:
    """What one would write in a minute."""
    from snapshots.models import Fill

    with (folder / "plain.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(Fill.objects.order_by("account", "time", "pk").values_list().iterator(2_000))


def send(folder: Path) -> None:
    """The pieces of the ZIP, thrown away."""
    from snapshots.export.selection import Selection
    from snapshots.export.tables import TABLES
    from snapshots.export.write import Export, as_zip
    from snapshots.models import Account

    for _ in as_zip(Export(Selection(tuple(Account.objects.all())), [TABLES["fills"]], "csv")):
        pass


def step(name: str, folder: Path) -> None:
    """One of STEPS."""
    from django.core.management import call_command

    if name in ("csv", "jsonl", "again"):
        form = "jsonl" if name == "jsonl" else "csv"
        call_command(
            "export_history", str(folder / name), "--format", form, "--tables", "fills", stdout=sys.stderr
        )
    elif name == "verify":
        call_command("verify_export", str(folder / "csv"), stdout=sys.stderr)
    elif name == "import":
        call_command("migrate", verbosity=0)
        call_command("import_history", str(folder / "csv"), stdout=sys.stderr)
    else:
        {"plain": plain, "zip": send}[name](folder)


def child(name: str, folder: Path, count: int) -> None:
    """Run one step and print its seconds and the most memory of this process in MB."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
    import django

    django.setup()
    begun = time.perf_counter()
    if name == "fill":
        fill(folder, count)
    else:
        step(name, folder)
    seconds = time.perf_counter() - begun
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


def measure(folder: Path, count: int) -> dict[str, tuple[float, float]]:
    """Rows a second and MB of each step."""
    found = {}
    for name in ("fill", *STEPS):
        place = folder / ("new" if name in ("import", "again") else "old")
        environment = {**os.environ, "VAR_DIR": str(place), "DATABASE_URL": "", "HYPERLIQUID_NETWORK": "simulated"}
        command = [sys.executable, "-m", "benchmarks.export", "--child", name, str(folder), "--rows", str(count)]
        out = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
        seconds, memory = json.loads(out.stdout.splitlines()[-1])
        found[name] = count / seconds, memory
    if not filecmp.cmp(folder / "csv/fills.csv", folder / "again/fills.csv", shallow=False):
        raise AssertionError("what was imported is exported otherwise")
    return found


def compare(count: int = ROWS) -> list[Aim]:
    """Measure, print, and say what was aimed at."""
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        small, large = measure(Path(few), count // 10), measure(Path(many), count)
    print("| step | rows/s | MB | MB with a tenth |\n|---|---|---|---|")
    for name in STEPS:
        print(f"| {name} | {large[name][0]:,.0f} | {large[name][1]:.0f} | {small[name][1]:.0f} |")
    more = max(large[name][1] - small[name][1] for name in STEPS if name != "plain")
    return [
        at_least("export as CSV with its chain, beside csv.writer", large["csv"][0] / large["plain"][0], 0.33),
        below(f"memory that {count:,} rows take beyond a tenth of them", more, 16, "MB"),
    ]


def main() -> None:
    """By the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--child", nargs=2, metavar=("STEP", "FOLDER"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child[0], Path(options.child[1]), options.rows)
        return
    stop_with_all()
    table(compare(options.rows))


if __name__ == "__main__":
    main()
