"""Browsers on the table of all markets, in one process: run by ``benchmarks.serving``.

``python -m benchmarks.serving_sockets PORT OUT COUNT SECONDS``. Into OUT (JSON) goes how many were open at the
end, how many numbers were missing, and how long after the first browser each had a frame (ms, p50, p99 and worst):
what one more browser waits for.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

from benchmarks.fanout_socket import Browser, connect
from benchmarks.frames_browsers import HEAD, SETTLING_S

JOIN = b'{"join":["markets","status"]}'
AT_ONCE = 25
ROOM = 1000
"""Open files besides the sockets."""


def allow(sockets: int) -> None:
    """Let this process and those that it starts open so many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, sockets + ROOM), most))


class Crowd:
    """When which frame came first, and how much later it came to the others."""

    def __init__(self) -> None:
        self.first: dict[tuple[str, int], int] = {}
        self.late: list[int] = []
        self.missing = 0

    def reader(self):
        """What one browser does with the frames that it gets."""
        numbers: dict[str, int] = {}

        def take(heads: list[bytes]) -> None:
            now = time.monotonic_ns()
            for head in heads:
                if not (found := HEAD.match(head)):
                    continue
                topic, number = found[1].decode(), int(found[2])
                if topic in numbers:
                    self.late.append(now - self.first.setdefault((topic, number), now))
                    self.missing += number - numbers[topic] - 1
                numbers[topic] = number

        return take


async def run(port: int, count: int, seconds: float) -> dict[str, float]:
    """Open them, let them settle, listen."""
    crowd, browsers, began = Crowd(), list[Browser](), time.monotonic()
    while len(browsers) < count:
        opening = (connect(port, JOIN, crowd.reader()) for _ in range(min(AT_ONCE, count - len(browsers))))
        for opened in await asyncio.gather(*opening):
            browsers += opened
    took = time.monotonic() - began
    await asyncio.sleep(SETTLING_S)
    crowd.late.clear()
    crowd.missing = 0
    await asyncio.sleep(seconds)
    late = sorted(crowd.late) or [0]
    return {
        "open": sum(not browser.transport.is_closing() for browser in browsers),
        "opening_s": took,
        "heard": len(crowd.late),
        "missing": crowd.missing,
        "p50": late[len(late) // 2] / 1e6,
        "p99": late[len(late) * 99 // 100] / 1e6,
        "worst": late[-1] / 1e6,
    }


if __name__ == "__main__":
    allow(int(sys.argv[3]))
    result = asyncio.run(run(int(sys.argv[1]), int(sys.argv[3]), float(sys.argv[4])))
    Path(sys.argv[2]).write_text(json.dumps(result))
