"""Run all benchmarks, or those named, and print what was aimed at beside what was measured.

``python -m benchmarks [NAME…] [--rounds N] [--rows N] [--minutes N]``: about twenty minutes for all. An aim that
is missed is said; only what does not work at all (lost frames, a server that does not start) ends with an error.
"""

import argparse
import sys
import traceback
from collections.abc import Callable

from benchmarks import (
    alerts,
    alerts_decide,
    alerts_deliver,
    alerts_whole,
    export,
    fanout,
    following,
    frames,
    ingest,
    load,
    pages,
    reading,
    rounds,
    serving,
    tab,
    writing,
)
from benchmarks.aims import Aim, stop_with_all, table

BENCHMARKS: dict[str, Callable[[argparse.Namespace], list[Aim]]] = {
    "ingest": lambda options: ingest.compare(**times(options)),
    "fanout": lambda options: fanout.compare(**times(options)),
    "frames": lambda options: frames.compare(**times(options)),
    "load": lambda options: load.compare(),
    "serving": lambda options: serving.compare(),
    "pages": lambda options: pages.compare(**times(options)),
    "tab": lambda options: tab.compare(minutes=options.minutes, paths=options.path or tab.PATHS, **times(options)),
    "writing": lambda options: writing.compare(**times(options)),
    "rounds": lambda options: rounds.compare(),
    "reading": lambda options: reading.compare(rows=options.rows, **times(options)),
    "following": lambda options: following.compare(),
    "export": lambda options: export.compare(),
    "alerts": lambda options: alerts.compare(**times(options)),
    "decide": lambda options: alerts_decide.compare(**times(options)),
    "deliver": lambda options: alerts_deliver.compare(**times(options)),
    "whole": lambda options: alerts_whole.compare(),
}


def times(options: argparse.Namespace) -> dict[str, int]:
    """How often, if it was said."""
    return {"rounds": options.rounds} if options.rounds else {}


def main() -> int:
    """The number of benchmarks that failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--rounds", type=int, help="of each (load, rounds, serving, following, export, whole have none)"
    )
    parser.add_argument("--rows", type=int, default=reading.MANY, help="that reading reads among")
    parser.add_argument("--minutes", type=float, default=1.0, help="for which tab watches each page")
    parser.add_argument("--path", action="append", help="of a page that tab watches, again for another")
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    stop_with_all()
    aims: list[Aim] = []
    failed: list[str] = []
    for name in options.names or BENCHMARKS:
        print(f"\n## {name}\n", flush=True)
        try:
            aims += BENCHMARKS[name](options)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    table(aims)
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
