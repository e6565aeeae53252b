"""What a page costs the phone in somebody's hand: long tasks, memory, first paint, weight, shifts.

``python -m benchmarks tab [--minutes N] [--path /markets/ …]``: an installation of its own on the simulated
mainnet at its full rate, as it runs behind the proxy but for TLS, seen by the demo's trader in a Chromium
whose processor is four times slower. Each page is loaded ``--rounds`` times with an empty cache (medians), and
then watched. Other work on the same cores makes tasks longer and paints later: judge by repeating it. Aims:

- no task over 50 ms while the market moves; JavaScript's heap, after a collection of garbage, as it was
- the first paint has data and comes before 1 s; less than 200 kB compressed but for the charts; nothing shifts
"""

import asyncio
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.aims import Aim, below
from benchmarks.tab_page import VIEW, Load, Watched, load, observed, watch
from tests.browser import ARGUMENTS, chromium
from tests.e2e.running import Installation

PATHS = ("/markets/", "/markets/BTC/", "/portfolio/")
PAINT_MS = 1000.0
WEIGHT_KB = 200.0
SHIFT = 0.001
GROWTH_MB = 2.0
"""An hour. Looks differ by some ten kilobytes, which is as much in an hour of a watch of a few minutes."""
TASK_MS = 50.0
TOLD = 5
"""Of the causes of slow frames."""


async def measure(
    site: str, paths: Sequence[str], seconds: float, rounds: int
) -> list[tuple[list[Load], Watched]]:
    """Each page in a tab of its own, one after the other."""
    from playwright.async_api import async_playwright

    found = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = await browser.new_context(service_workers="block", **VIEW)
        await sign_in(context, site)
        for path in paths:
            page, wire = await observed(context)
            loads = [await load(page, wire, site + path) for _ in range(rounds)]
            watched = await watch(page, wire, seconds)
            tell(path, loads, watched)
            found.append((loads, watched))
            await page.close()
        await browser.close()
    return found


async def sign_in(context: Any, site: str) -> None:
    """As the trader, with the password that the demo's sign-in page says."""
    page = await context.new_page()
    await page.goto(f"{site}/account/login/")
    await page.get_by_label("Username or email").fill("trader")
    await page.get_by_label("Password").fill(await page.locator(".demo-users code").first.text_content())
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(f"{site}/markets/")
    await page.close()


def tell(path: str, loads: list[Load], watched: Watched) -> None:
    """All of one page, and why its slow frames were slow."""
    paints = ", ".join(f"{one.painted:.0f} / {one.with_data:.0f}" for one in loads)
    weight, charts = (max(getattr(one, name) for one in loads) / 1000 for name in ("weight", "charts"))
    print(f"\n### {path}\n")
    print(f"- first paint / with data: {paints} ms; {weight:.0f} kB, and {charts:.0f} kB of charts")
    print(f"- long tasks of the load: {'; '.join(lengths(one.tasks) for one in loads)}")
    print(f"- of {watched.minutes:.1f} minutes after it: {lengths(watched.tasks)}")
    parts = ", ".join(f"{part} {ms:.0f}" for part, ms in watched.busy.items())
    print(f"- milliseconds of a processor in each second of them: {parts}")
    heap = " → ".join(f"{bytes_ / 1e6:.2f}" for bytes_ in watched.at(1))
    nodes = " → ".join(f"{count:.0f}" for count in watched.at(2))
    print(f"- heap {heap} MB ({watched.growth(1) / 1e6:+.2f} MB an hour), nodes {nodes}")
    print(f"- layout shifts: {watched.shifted:.4f}", flush=True)
    for cause, (count, longest) in causes(watched.frames):
        print(f"  slow frames: {count} × {cause}, {longest:.0f} ms at most")


def lengths(tasks: list[dict[str, Any]]) -> str:
    """``3 (120, 64, 51 ms)``, the longest first."""
    longest = sorted((task["ms"] for task in tasks), reverse=True)
    return f"{len(tasks)} ({', '.join(f'{ms:.0f}' for ms in longest[:8])} ms)" if tasks else "none"


def causes(frames: list[dict[str, Any]]) -> list[tuple[str, tuple[int, float]]]:
    """What took most of each frame over 50 ms: a script, or style and layout; the most frequent first."""
    counts: Counter[str] = Counter()
    longest: dict[str, float] = {}
    for frame in frames:
        parts = [
            (one["ms"], one["name"] + (" (forced layout)" if one["forced_ms"] else "")) for one in frame["scripts"]
        ]
        ms, cause = max([*parts, (frame["style_ms"], "style, layout and paint")])
        counts[cause] += 1
        longest[cause] = max(longest.get(cause, 0.0), ms)
    return [(cause, (count, longest[cause])) for cause, count in counts.most_common(TOLD)]


def aims_of(path: str, loads: list[Load], watched: Watched) -> list[Aim]:
    """What is aimed at for a page."""
    middle = statistics.median(one.with_data for one in loads)
    return [
        below(f"{path}: tasks over {TASK_MS:.0f} ms a minute", len(watched.tasks) / watched.minutes, 0.1, "tasks"),
        below(f"{path}: growth of the heap in an hour", watched.growth(1) / 1e6, GROWTH_MB, "MB"),
        below(f"{path}: first paint with data", middle, PAINT_MS),
        below(f"{path}: weight without charts", max(one.weight for one in loads) / 1000, WEIGHT_KB, "kB"),
        below(f"{path}: layout shifts", watched.shifted, SHIFT, ""),
    ]


def compare(rounds: int = 3, minutes: float = 1.0, paths: Sequence[str] = PATHS) -> list[Aim]:
    """Measure, print, and return the aims."""
    with tempfile.TemporaryDirectory() as var:
        site = Installation(Path(var), "mainnet", "localhost")
        site.site.command = [sys.executable, "-m", "benchmarks.compressed_site", "up"]
        site.manage("migrate", "--verbosity", "0")
        site.manage("demo_users", "--without-alerts")  # nobody else writes yet
        with site:
            found = asyncio.run(measure(site.url, paths, minutes * 60, rounds))
    return [aim for path, one in zip(paths, found, strict=True) for aim in aims_of(path, *one)]
