"""A thousand browsers in one process, which also say when the server is to send: run by ``benchmarks.fanout``.

``python -m benchmarks.fanout_browsers PORT PID OUT``: standard output leads into the server's standard
input and carries the numbers of the updates to be sent; results go as JSON into OUT. Stamps are ns of the
machine's monotonic clock, which all processes share.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

import psutil

from benchmarks.fanout_socket import connect

JOIN = b'{"join":["book:BTC"]}'
STAMP = b'"stamp":"'
IN_FLIGHT = 14
"""Updates under way at saturation: 56 kB a browser, less than any of the servers throws away."""
PATIENCE_S = 5.0
OVERLOADED_S = 10.0
"""Seconds after which what is still under way counts as not delivered: at this pace it only grows."""


class Crowd:
    """Who has received what. ``latencies`` are ns from the server's stamp to the browser's read."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.received: Counter[int] = Counter()
        self.latencies: list[int] = []
        self.sent = self.complete = 0
        self.in_flight = 0
        """So many updates are kept under way; 0: only those that somebody orders."""
        self.changed = asyncio.Event()

    def order(self) -> None:
        """Tell the server to send one more."""
        self.sent += 1
        os.write(1, b"%d\n" % self.sent)

    def take(self, heads: list[bytes]) -> None:
        """What one read of one browser brought."""
        now = time.monotonic_ns()
        for head in heads:
            found = head.find(STAMP)
            if found < 0:
                continue
            number = int(head[found + 9 : found + 16])
            self.latencies.append(now - int(head[found + 17 : found + 36]))
            self.received[number] += 1
            if self.received[number] == self.size:
                self.complete += 1
                self.changed.set()
                while self.sent - self.complete < self.in_flight:
                    self.order()

    async def saturate(self, seconds: float, most: int = 1_000_000) -> float:
        """Keep the server busy; the seconds until all that was ordered has arrived, as ``settle`` waits for it."""
        began, last = time.monotonic(), self.sent + most
        self.in_flight = IN_FLIGHT
        while self.sent - self.complete < self.in_flight:
            self.order()
        while time.monotonic() - began < seconds and self.sent < last:
            await asyncio.sleep(0.02)
        self.in_flight = 0
        await self.settle()
        return time.monotonic() - began

    async def settle(self) -> None:
        """Until everything has arrived everywhere, nothing came for PATIENCE_S, or OVERLOADED_S are over."""
        end = time.monotonic() + OVERLOADED_S
        while self.complete < self.sent and time.monotonic() < end:
            before = len(self.latencies)
            await asyncio.sleep(0.02)
            waited = time.monotonic() + PATIENCE_S
            while self.complete < self.sent and len(self.latencies) == before:
                if time.monotonic() > waited:
                    return
                await asyncio.sleep(0.02)

    async def pace(self, seconds: float, rate: float) -> None:
        """Order at a fixed rate, whatever arrives."""
        began = time.monotonic()
        for turn in range(round(seconds * rate)):
            await asyncio.sleep(max(0.0, began + turn / rate - time.monotonic()))
            self.order()
        await self.settle()


async def measured(crowd: Crowd, server: psutil.Process, work, *arguments: float) -> dict[str, float]:
    """What a phase delivered, how late (ms), and what it cost the server (CPU seconds, kB more at its end)."""
    crowd.latencies.clear()
    sent, cpu, memory, began = crowd.sent, sum(server.cpu_times()[:2]), server.memory_info().rss, time.monotonic()
    await work(*arguments)
    late = sorted(crowd.latencies) or [0]
    return {
        "seconds": time.monotonic() - began,
        "delivered": len(crowd.latencies),
        "due": (crowd.sent - sent) * crowd.size,
        "cpu": sum(server.cpu_times()[:2]) - cpu,
        "p50": late[len(late) // 2] / 1e6,
        "p99": late[len(late) * 99 // 100] / 1e6,
        "worst": late[-1] / 1e6,
        "grown_kb": (server.memory_info().rss - memory) / 1024,
    }


async def run(options: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Connect, warm up, saturate, pace; then the same beside one browser that stops reading."""
    crowd, server = Crowd(options.browsers), psutil.Process(options.pid)
    await connect(options.port, JOIN, crowd.take, options.browsers)
    await asyncio.sleep(0.5)
    results = {"warm-up": await measured(crowd, server, crowd.saturate, 1.0, 200)}
    results["saturated"] = await measured(crowd, server, crowd.saturate, options.seconds)
    results["paced"] = await measured(crowd, server, crowd.pace, options.seconds, options.rate)
    if not options.stalled:
        return results
    memory = server.memory_info().rss
    await connect(options.port, JOIN, None)
    await asyncio.sleep(0.2)
    results["filling up"] = await measured(crowd, server, crowd.saturate, 1.0, 400)
    results["stalled"] = await measured(crowd, server, crowd.pace, options.seconds, options.rate)
    results["stalled"]["grown_kb"] = (server.memory_info().rss - memory) / 1024
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("port", type=int)
    parser.add_argument("pid", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--browsers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--stalled", action="store_true")
    options = parser.parse_args()
    options.out.write_text(json.dumps(asyncio.run(run(options))))


if __name__ == "__main__":
    sys.exit(main())
