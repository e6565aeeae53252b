"""Pictures of every page: ``python -m tests.e2e.gallery [folder]``, by default ``var/gallery``."""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import async_playwright

from tests.browser import ARGUMENTS, chromium
from tests.e2e.running import ROOT, Installation

PAGES = {
    "start": "/",
    "markets": "/markets/",
    "btc": "/markets/BTC/",
    "spot": "/markets/@107/",
    "unknown": "/markets/ETHH/",
}
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SETTLE_MS = 2_500


async def take(url: str, folder: Path) -> None:
    """Each page in both sizes, dark and light."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for size, (width, height) in SIZES.items():
            for scheme in ("dark", "light"):
                viewport = {"width": width, "height": height}
                context = await browser.new_context(viewport=viewport, color_scheme=scheme)
                page = await context.new_page()
                for name, path in PAGES.items():
                    await page.goto(url + path)
                    await page.wait_for_timeout(SETTLE_MS)
                    await page.screenshot(path=folder / f"{name}-{size}-{scheme}.png")
                await context.close()
        await browser.close()


def main(folder: Path) -> None:
    """Run an installation of its own for as long as the pictures take."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as var, Installation(Path(var), "mainnet") as running:
        asyncio.run(take(running.url, folder))
    sys.stdout.write(f"{len(list(folder.glob('*.png')))} pictures in {folder}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "var/gallery")
