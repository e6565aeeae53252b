"""Browsers on market pages, in one process: ``python -m benchmarks.frames_browsers PORT OUT SECONDS COIN…``.

Each joins ``markets``, ``status`` and the topics of one coin. Into OUT (JSON) goes when each frame came, in ns of
the machine's monotonic clock, of which topic and number; and how many numbers were missing.
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path

from benchmarks.fanout_socket import connect

BROWSERS = 200
SETTLING_S = 4.0
"""The feed subscribes to what was joined, and first frames come."""
HEAD = re.compile(rb'\{"topic":"([^"]+)","epoch":\d+,"seq":(\d+),')


class Page:
    """One browser; its first frame of each topic is what was there already, and says nothing of speed."""

    def __init__(self, arrived: list[tuple[str, int, int]]) -> None:
        self.arrived = arrived
        self.numbers: dict[str, int] = {}
        self.missing = 0

    def take(self, heads: list[bytes]) -> None:
        now = time.monotonic_ns()
        for head in heads:
            if not (found := HEAD.match(head)):
                continue
            topic, number = found[1].decode(), int(found[2])
            if topic in self.numbers:
                self.arrived.append((topic, number, now))
                self.missing += number - self.numbers[topic] - 1
            self.numbers[topic] = number


def topics(coin: str) -> list[str]:
    """What a market's page joins, and the table."""
    return ["markets", "status", f"market:{coin}", f"book:{coin}", f"trades:{coin}", f"candle:{coin}:1m"]


async def run(port: int, seconds: float, coins: list[str]) -> dict[str, object]:
    arrived: list[tuple[str, int, int]] = []
    pages = [Page(arrived) for _ in range(BROWSERS)]
    for number, page in enumerate(pages):
        joining = json.dumps({"join": topics(coins[number % len(coins)])}).encode()
        await connect(port, joining, page.take)
    await asyncio.sleep(SETTLING_S)
    arrived.clear()
    for page in pages:
        page.missing = 0
    await asyncio.sleep(seconds)
    silent = sum(not page.numbers for page in pages)
    return {"arrived": arrived, "missing": sum(page.missing for page in pages), "silent": silent}


if __name__ == "__main__":
    result = asyncio.run(run(int(sys.argv[1]), float(sys.argv[3]), sys.argv[4:]))
    Path(sys.argv[2]).write_text(json.dumps(result))
