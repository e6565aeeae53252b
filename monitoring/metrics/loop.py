"""How long a task that is due waits for its turn on the event loop, which is what everybody waits then."""

import asyncio
import time

from prometheus_client import Histogram

from monitoring.metrics.registry import PREFIX, REGISTRY

EVERY_S = 0.25
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)

LAG = Histogram(
    f"{PREFIX}event_loop_lag_seconds",
    f"How much too late a task came to its turn on the event loop, asked every {EVERY_S:g} s.",
    buckets=BUCKETS,
    registry=REGISTRY,
)


async def watch_loop() -> None:
    """Until cancelled. The system's own clock: simulated time does not wait."""
    while True:
        due = time.monotonic() + EVERY_S
        await asyncio.sleep(EVERY_S)
        LAG.observe(max(0.0, time.monotonic() - due))
