"""One page in a browser as slow as a phone of the middle: how it loads, and what it costs while the market moves.

The processor is four times slower (as Lighthouse's phone); the network is DevTools' "Fast 4G" until the page has
loaded, and then as fast as it can be, so that nothing of the market is kept from the page.
"""

import asyncio
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEEN = Path(__file__).with_name("tab_seen.js")
VIEW = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}
SLOWER = 4
FAST_4G = {"offline": False, "latency": 165, "downloadThroughput": 1_012_500, "uploadThroughput": 168_750}
"""Milliseconds to the first byte of each answer; bytes a second."""
FREE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
SETTLED_MS = 10_000
"""After the navigation; a task that begins before belongs to the load."""
LOOKS = 12
"""How often memory is looked at after the load."""
AROUND_MS = 150
"""Around such a look tasks are not counted: the collection of garbage that it asks for is one."""
PARTS = {
    "task": "TaskDuration",
    "script": "ScriptDuration",
    "style": "RecalcStyleDuration",
    "layout": "LayoutDuration",
}
"""As Chromium calls them."""
HOUR_S = 3600.0
PATIENCE_S = 60.0


@dataclass
class Load:
    """Times in ms since the navigation, weights in bytes as they came over the network."""

    painted: float
    with_data: float
    weight: int
    charts: int
    tasks: list[dict[str, Any]]


@dataclass
class Watched:
    """What was seen after the load; a look is (seconds, bytes of JavaScript's heap, nodes of the DOM)."""

    minutes: float
    shifted: float
    tasks: list[dict[str, Any]]
    frames: list[dict[str, Any]]
    busy: dict[str, float] = field(default_factory=dict)
    """Milliseconds a second for which the page's thread had a processor: in all (task), and in parts of it."""
    looks: list[tuple[float, float, float]] = field(default_factory=list)

    def growth(self, part: int) -> float:
        """By how much the heap (1) or the nodes (2) grow in an hour: the straight line through all looks."""
        times = [look[0] for look in self.looks]
        return statistics.linear_regression(times, [look[part] for look in self.looks]).slope * HOUR_S

    def at(self, part: int) -> tuple[float, float, float]:
        """The heap or the nodes at the start, in the middle and at the end."""
        values = [look[part] for look in self.looks]
        return values[0], values[len(values) // 2], values[-1]


async def load(page: Any, wire: Any, url: str) -> Load:
    """Open the page with nothing in the cache and wait until it has settled."""
    await wire.send("Network.clearBrowserCache")
    await wire.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await wire.send("Network.emulateNetworkConditions", FAST_4G)
    await page.goto(url)
    await settled(page)
    await wire.send("Network.emulateNetworkConditions", FREE)
    return Load(**await page.evaluate("seen.load()"))


async def settled(page: Any) -> None:
    """Wait until it is live, has figures and is some seconds old; to ask in each frame would be work."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while missing := await page.evaluate("(ms) => seen.missing(ms)", SETTLED_MS):
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"{page.url} has {missing} after {PATIENCE_S:.0f} s")
        await asyncio.sleep(0.5)


async def watch(page: Any, wire: Any, seconds: float) -> Watched:
    """Let the market move for so long, and look at memory now and then."""
    looks, blind, taken = [], [], []
    began = await page.evaluate("performance.now()")
    worked = await work(wire)
    for number in range(LOOKS):
        if number:
            await asyncio.sleep(seconds / (LOOKS - 1))
        start = await page.evaluate("performance.now()")
        taken.append(await page.evaluate("seen.take()"))
        await wire.send("HeapProfiler.collectGarbage")
        heap = await wire.send("Runtime.getHeapUsage")
        counts = await wire.send("Memory.getDOMCounters")
        end = await page.evaluate("performance.now()")
        blind.append((start - AROUND_MS, end + AROUND_MS))
        looks.append((start / 1000, heap["usedSize"], counts["nodes"]))
    busy = {name: (ms - worked[name]) / (end - began) * 1000 for name, ms in (await work(wire)).items()}
    taken.append(await page.evaluate("seen.take()"))
    seen = {
        name: between([one for part in taken for one in part[name]], began, blind) for name in ("tasks", "frames")
    }
    shifted = sum(part["shifted"] for part in taken)
    return Watched((end - began) / 60_000, shifted, busy=busy, looks=looks, **seen)


def between(entries: list[dict[str, Any]], began: float, blind: list[tuple[float, float]]) -> list[dict[str, Any]]:
    """Those since the watch began that touch none of the looks."""
    return [
        one
        for one in entries
        if one["at"] >= began
        and not any(one["at"] < end and one["at"] + one["ms"] > start for start, end in blind)
    ]


async def work(wire: Any) -> dict[str, float]:
    """What the page's thread has done so far, in ms of a processor: other work on the machine does not count."""
    said = {one["name"]: one["value"] for one in (await wire.send("Performance.getMetrics"))["metrics"]}
    return {part: said[name] * 1000 for part, name in PARTS.items()}


async def observed(context: Any) -> tuple[Any, Any]:
    """A new page that notes its long tasks, paints and shifts, and the wire to its browser."""
    page = await context.new_page()
    await page.add_init_script(path=SEEN)
    wire = await context.new_cdp_session(page)
    await wire.send("Network.enable")
    await wire.send("Performance.enable", {"timeDomain": "threadTicks"})
    return page, wire
