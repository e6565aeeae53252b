"""Run all benchmarks, or those named, and print what was aimed at beside what was measured.

``python -m benchmarks [NAME…] [--rounds N]``: about ten minutes for all. An aim that is missed is said; only
what does not work at all (lost frames, a server that does not start) ends with an error.
"""

import argparse
import sys
import traceback
from collections.abc import Callable

from benchmarks import alerts, alerts_decide, fanout, frames, ingest, load, pages
from benchmarks.aims import Aim, stop_with_all, table

BENCHMARKS: dict[str, Callable[[dict[str, int]], list[Aim]]] = {
    "ingest": lambda rounds: ingest.compare(**rounds),
    "fanout": lambda rounds: fanout.compare(**rounds),
    "frames": lambda rounds: frames.compare(**rounds),
    "load": lambda rounds: load.compare(),
    "pages": lambda rounds: pages.compare(**rounds),
    "alerts": lambda rounds: alerts.compare(**rounds),
    "decide": lambda rounds: alerts_decide.compare(**rounds),
}


def main() -> int:
    """The number of benchmarks that failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--rounds", type=int, help="of each (load has none)")
    options = parser.parse_args()
    if unknown := set(options.names) - BENCHMARKS.keys():
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    rounds = {"rounds": options.rounds} if options.rounds else {}
    stop_with_all()
    aims: list[Aim] = []
    failed: list[str] = []
    for name in options.names or BENCHMARKS:
        print(f"\n## {name}\n", flush=True)
        try:
            aims += BENCHMARKS[name](rounds)
        except Exception:
            traceback.print_exc()
            failed.append(name)
    table(aims)
    if failed:
        print(f"Failed: {', '.join(failed)}.")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
