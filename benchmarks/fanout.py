"""One update of 4 kB to 1,000 browsers of one web process: ours, Channels' group_send, and Node's ``ws``.

``python -m benchmarks.fanout``: four servers by turns, each in a fresh process, with the same browsers in one
other process (raw sockets that count frames). Updates for ours and for Channels come through a real Redis.

- Saturated: fourteen updates are always under way, the next is sent when one has arrived everywhere, so that
  nothing is ever thrown away; messages delivered a second.
- Paced: ten updates a second; everything must arrive; ms from the server's hand to the browser's read.
- One stops reading: the same pace beside one more browser that reads nothing and has been sent hundreds of
  updates; the others' p99, and by how many kB the server has grown. (Channels is overloaded without it.)

Not like for like: updates that are due at once reach ours in one message of the channel layer, as the product
sends them, and then go to each browser in one system call; ``group_send`` and ``ws`` send each by itself, as their
documentations show. Paced, one update at a time is under way and that advantage is gone: compare the CPU there.
Channels' CPU is that of its web process alone, without Redis.

Aims: ours at least 40 times Channels and not behind ``ws``; p99 below 25 ms; the idle reader below 1 MB.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.aims import Aim, at_least, below, stop_with_all, table
from tests.servers import redis

ROOT = Path(__file__).resolve().parents[1]
PYTHON = [sys.executable, "-m", "benchmarks.fanout_server"]
SERVERS = {
    "fast": [*PYTHON, "fast"],
    "plain": [*PYTHON, "plain"],
    "channels": [*PYTHON, "channels"],
    "ws": ["node", "benchmarks/fanout_ws.mjs"],
}
NAMES = {
    "fast": "ours, straight to the socket",
    "plain": "ours, by ASGI's send",
    "channels": "Channels group_send, Redis, daphne",
    "ws": "Node ws",
}
TIMES_CHANNELS, TIMES_WS, P99_MS, STALLED_KB = 40.0, 1.0, 25.0, 1024.0
KERNEL_KB = 256
"""What the kernel queues besides for one that stops reading (``dashboard.lines.KERNEL_BUFFER``, doubled)."""

Phases = dict[str, dict[str, float]]


def measure(way: str, redis_url: str, browsers: int, seconds: float) -> Phases:
    """One server and its browsers, from start to end."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "HYPERLIQUID_NETWORK": "simulated",
            "DATABASE_URL": "",
            "REDIS_URL": redis_url,
            "VAR_DIR": folder,
            "LOG_LEVEL": "ERROR",
        }
        pipe, out = subprocess.PIPE, Path(folder) / "results"
        log = (Path(folder) / "log").open("w+b")
        server = subprocess.Popen(SERVERS[way], cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=log)
        try:
            port = server.stdout.readline().decode().strip()
            command = [sys.executable, "-m", "benchmarks.fanout_browsers", port, str(server.pid), str(out)]
            command += ["--browsers", str(browsers), "--seconds", str(seconds)]
            command += ["--stalled"] if way != "channels" else []
            subprocess.run(command, cwd=ROOT, stdout=server.stdin, check=True, timeout=120 + 10 * seconds)
            return json.loads(out.read_text())
        except BaseException:
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace")[-3000:])
            raise
        finally:
            server.kill()
            server.communicate()
            log.close()


def compare(rounds: int = 2, browsers: int = 1000, seconds: float = 4.0) -> list[Aim]:
    """Run all by turns, print, and return the aims; RuntimeError if one of ours lost a message."""
    results: dict[str, list[Phases]] = {way: [] for way in SERVERS}
    with redis() as url:
        for number in range(rounds):
            for way, rows in results.items():
                rows.append(measure(way, url, browsers, seconds))
            line = " · ".join(f"{way} {_rate(rows[-1]):,.0f}/s" for way, rows in results.items())
            print(f"round {number + 1}: {line}", flush=True)
    _print(results)
    for way in ("fast", "plain"):
        for phases in results[way]:
            for name, phase in phases.items():
                if phase["delivered"] != phase["due"]:
                    raise RuntimeError(
                        f"{NAMES[way]}, {name}: {phase['delivered']:.0f} of {phase['due']:.0f} arrived"
                    )
    return _judged(results)


def _judged(results: dict[str, list[Phases]]) -> list[Aim]:
    def beside(way: str) -> float:
        pairs = zip(results["fast"], results[way], strict=True)
        return statistics.median(_rate(ours) / _rate(theirs) for ours, theirs in pairs)

    def middle(phase: str, figure: str, way: str = "fast") -> float:
        return statistics.median(phases[phase][figure] for phases in results[way])

    def stalled(way: str) -> float:
        return max(0.0, middle("stalled", "grown_kb", way)) + KERNEL_KB

    def cheaper(way: str) -> float:
        return statistics.median(map(_cost, results[way])) / statistics.median(map(_cost, results["fast"]))

    print(f"\nBy CPU of the server alone: {cheaper('channels'):.0f} times Channels, {cheaper('ws'):.2f} times ws.")
    return [
        at_least("messages/s to 1,000 browsers, beside Channels", beside("channels"), TIMES_CHANNELS),
        at_least("messages/s to 1,000 browsers, beside ws", beside("ws"), TIMES_WS),
        below("p99 to 1,000 browsers at 10/s", middle("paced", "p99"), P99_MS),
        below("the same beside one that stops reading", middle("stalled", "p99"), P99_MS),
        below("memory of one that stops reading", stalled("fast"), STALLED_KB, "kB"),
        below("the same by ASGI's send", stalled("plain"), STALLED_KB, "kB"),
    ]


def _rate(phases: Phases) -> float:
    return phases["saturated"]["delivered"] / phases["saturated"]["seconds"]


def _cost(phases: Phases, phase: str = "saturated") -> float:
    """CPU µs of the server for a message delivered."""
    return phases[phase]["cpu"] / max(1, phases[phase]["delivered"]) * 1e6


def _print(results: dict[str, list[Phases]]) -> None:
    print("\n| way | delivered/s | CPU µs | paced: arrived | p50 / p99 ms | CPU µs | one stops: p99 ms | kB |")
    print("|---|---|---|---|---|---|---|---|")
    for way, rows in results.items():

        def middle(phase: str, figure: str, rows: list[Phases] = rows) -> float:
            return statistics.median(phases.get(phase, {}).get(figure, 0.0) for phases in rows)

        each, paced = (statistics.median(_cost(one, phase) for one in rows) for phase in ("saturated", "paced"))
        print(
            f"| {NAMES[way]} | {statistics.median(map(_rate, rows)):,.0f} | {each:.1f} "
            f"| {middle('paced', 'delivered') / middle('paced', 'due'):.0%} "
            f"| {middle('paced', 'p50'):.1f} / {middle('paced', 'p99'):.1f} | {paced:.1f} "
            f"| {middle('stalled', 'p99'):.1f} | {middle('stalled', 'grown_kb'):,.0f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--browsers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each phase")
    options = parser.parse_args()
    stop_with_all()
    table(compare(options.rounds, options.browsers, options.seconds))


if __name__ == "__main__":
    main()
