"""How Lighthouse judges the pages on its phone (slow network, processor four times slower): ``make lighthouse``.

``python -m benchmarks.lighthouse_scores [--rounds N] [PATH…]``: an installation of its own on the simulated
mainnet, as it runs in production but for TLS. Of several rounds the one with the median speed counts. Ends with 1
if a score is below 95. Speed suffers from whatever else the machine does; the other three do not.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.aims import stop_with_all
from tests.browser import chromium
from tests.e2e.running import ROOT, Installation

LEAST = 95
OUTSIDE = ["/", "/markets/", "/markets/BTC/", "/account/login/"]
INSIDE = ["/portfolio/", "/alerts/"]
"""Seen signed in."""
HEADS = ["page", "performance", "accessibility", "best practices", "SEO", "weight", "CLS", "blocked"]
HEADS += ["first paint", "largest"]
PATIENCE_S = 120.0
"""For one page: Lighthouse itself gives up after 45 seconds of loading."""
Judged = dict[str, Any]
"""``path``, ``scores``, ``figures``, ``lost`` (audits that cost points), ``warnings``: see judge.mjs."""


async def judge(site: str, paths: list[str]) -> list[Judged]:
    """One round through these pages; raises ``RuntimeError`` with what Node said."""
    pages = [{"path": path, "inside": path in INSIDE} for path in paths]
    asked = {"chromium": chromium(), "site": site, "login": "trader", "pages": pages}
    node = await asyncio.create_subprocess_exec(
        "node",
        str(ROOT / "benchmarks/lighthouse/judge.mjs"),
        json.dumps(asked),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said, error = await asyncio.wait_for(node.communicate(), PATIENCE_S * len(pages))
    finally:
        if node.returncode is None:
            node.kill()
    if node.returncode:
        raise RuntimeError(f"judge.mjs failed:\n{error.decode()}")
    return [json.loads(line) for line in said.decode().splitlines()]


def median(rounds: list[list[Judged]]) -> list[Judged]:
    """Of each page the round with the median score for speed."""
    of_each = [
        sorted(page, key=lambda judged: judged["scores"]["performance"]) for page in zip(*rounds, strict=True)
    ]
    return [page[len(page) // 2] for page in of_each]


def row(judged: Judged) -> str:
    """A page's line of the table."""
    scores, figures = judged["scores"].values(), judged["figures"]
    cells = [judged["path"], *map(str, scores), f"{figures['bytes'] / 1000:.0f} kB", f"{figures['shift']:.3f}"]
    cells += [f"{figures[name]:.0f} ms" for name in ("blocked_ms", "first_paint_ms", "largest_paint_ms")]
    return f"| {' | '.join(cells)} |"


def told(judged: Judged) -> list[str]:
    """A line for each audit that cost a page points, what it found below it, and Lighthouse's own doubts."""
    lines = []
    for audit in judged["lost"]:
        name, value = f"{audit['category']}: {audit['id']}", audit.get("displayValue") or ""
        lines.append(f"{judged['path']}  {name} {audit['score']:.2f}, {audit['title']} {value}".rstrip())
        lines += [f"    {found[:160]}" for found in audit["found"]]
    return lines + [f"{judged['path']}  {warning}" for warning in judged["warnings"]]


def tell(pages: list[Judged]) -> bool:
    """Print the table and what cost points; whether every score is good enough."""
    print(f"| {' | '.join(HEADS)} |\n{'|---' * len(HEADS)}|")
    print("\n".join(row(judged) for judged in pages))
    print(f"\nLoad of the last minute: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    print("\n".join(line for judged in pages for line in told(judged)))
    low = [f"{page['path']} {name}" for page in pages for name, score in page["scores"].items() if score < LEAST]
    print(f"\nBelow {LEAST}: {', '.join(low) or 'nothing'}.", flush=True)
    return not low


def main() -> int:
    """0 if every page has at least 95 in each category, else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.lighthouse_scores", description=__doc__.splitlines()[0]
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", default=OUTSIDE + INSIDE)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    stop_with_all()
    with tempfile.TemporaryDirectory() as var:
        site = Installation(Path(var), "mainnet", "localhost")
        site.site.command = [sys.executable, "-m", "benchmarks.compressed_site", "up"]
        with site:
            site.manage("demo_users")
            rounds = [asyncio.run(judge(site.url, options.paths)) for _ in range(options.rounds)]
    return 0 if tell(median(rounds)) else 1


if __name__ == "__main__":
    sys.exit(main())
