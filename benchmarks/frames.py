"""How long a frame of the exchange takes to each browser, and where: the whole installation under full load.

``python -m benchmarks.frames``: the simulated mainnet, all its markets and 20 coins with book, quotes, trades,
candle and header, read by 200 raw sockets, each on one coin and the table. Once with ``manage.py up`` (one
process), once with a feed and a web process over Postgres and Redis. Legs, ms:

- in: read from the exchange's socket → typed and applied to the Market
- made: → formatted, in a message to the web processes (changes gather for 15 ms)
- carried: → through the channel layer and the mirror, to the fan-out
- out: → read by a browser

``in`` is of the oldest event that a frame carries, so that waiting is never hidden. Aim: p99 of all legs
together, over all deliveries, below 50 ms. It fails if a browser heard nothing.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.aims import Aim, below, stop_with_all, table
from benchmarks.frames_browsers import BROWSERS
from benchmarks.installation import ROOT, WAYS, Measured

AIM_MS = 50.0
COINS = 20
LEGS = ("in", "made", "carried", "out", "all")
NAMES = {"up": "in one process", "processes": "feed and web processes"}

Spread = tuple[float, float]
"""p50 and p99, ms."""


def measure(way: str, seconds: float) -> dict[str, Spread]:
    """One installation from start to end: the legs, and ``rate`` as (deliveries a second, missing numbers)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Measured(folder, way) as site:
            out = folder / "arrived"
            command = [sys.executable, "-m", "benchmarks.frames_browsers", str(site.port), str(out)]
            command += [str(seconds), *site.coins(COINS)]
            subprocess.run(command, cwd=ROOT, check=True, timeout=120 + seconds)
        result = json.loads(out.read_text())
        if result["silent"]:
            raise RuntimeError(f"{result['silent']} of {BROWSERS} browsers heard nothing")
        spreads = legs(site.trace("published"), site.trace("begun"), result["arrived"])
    return {**spreads, "rate": (len(result["arrived"]) / seconds, result["missing"])}


def legs(published: list[list], begun: list[list], arrived: list[list]) -> dict[str, Spread]:
    """Join by topic and number what the processes saw; each delivery counts once."""
    made = {(topic, number): times for topic, number, *times in published}
    handed = {(topic, number): time for topic, number, time in begun}
    took: dict[str, list[float]] = {leg: [] for leg in LEGS}
    for topic, number, read in arrived:
        key = topic, number
        if key in made and key in handed:
            stations = (*made[key], handed[key], read)
            for leg, start, end in zip(LEGS, stations, stations[1:], strict=False):
                took[leg].append((end - start) / 1e6)
            took["all"].append((read - stations[0]) / 1e6)
    if not took["all"]:
        raise RuntimeError("no frame could be followed from the exchange to a browser")
    return {leg: spread(times) for leg, times in took.items()}


def spread(times: list[float]) -> Spread:
    """p50 and p99."""
    times = sorted(times)
    return times[len(times) // 2], times[len(times) * 99 // 100]


def compare(rounds: int = 2, seconds: float = 12.0) -> list[Aim]:
    """Run both ways by turns, print, and return the aims."""
    results: dict[str, list[dict[str, Spread]]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way, rows in results.items():
            rows.append(measure(way, seconds))
        line = " · ".join(f"{NAMES[way]} p99 {rows[-1]['all'][1]:.1f} ms" for way, rows in results.items())
        print(f"round {number + 1}: {line}", flush=True)
    middle = {
        way: {
            name: tuple(statistics.median(row[name][i] for row in rows) for i in (0, 1))
            for name in (*LEGS, "rate")
        }
        for way, rows in results.items()
    }
    print(f"\n| way | deliveries/s | {' | '.join(LEGS)} |\n|---|---|{'---|' * len(LEGS)}")
    for way, row in middle.items():
        cells = " | ".join(f"{row[leg][0]:.1f} / {row[leg][1]:.1f}" for leg in LEGS)
        print(f"| {NAMES[way]} | {row['rate'][0]:,.0f} | {cells} |")
    print("\np50 / p99 in ms.")
    return [below(f"exchange to browser, p99, {NAMES[way]}", row["all"][1], AIM_MS) for way, row in middle.items()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=12.0)
    options = parser.parse_args()
    stop_with_all()
    table(compare(options.rounds, options.seconds))


if __name__ == "__main__":
    main()
