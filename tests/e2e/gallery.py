"""Pictures of every page in every state: ``python -m tests.e2e.gallery [folder]``, by default ``var/gallery``.

``python -m tests.e2e.gallery --readme`` takes the one that README.md shows.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from tests.browser import ARGUMENTS, chromium, opened
from tests.e2e.account_tour import CHAPTERS
from tests.e2e.running import ROOT, Installation

PAGES = {
    "start": "/",
    "markets": "/markets/",
    "btc": "/markets/BTC/",
    "spot": "/markets/@107/",
    "builder": "/markets/xyz:GOLD/",
    "delisted": "/markets/MATIC/",
    "unknown": "/markets/ETHH/",
    "status": "/status/",
    "nothing": "/nothing/",
}
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SCHEMES = ("dark", "light")
SETTLE_MS = 2_500


async def take(browser: Browser, url: str, size: str, scheme: str, pictures: Iterable[tuple[str, Path]]) -> None:
    """The pages of these addresses as they fill the window."""
    width, height = SIZES[size]
    context = await browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = await context.new_page()
    for path, picture in pictures:
        await page.goto(url + path)
        await page.wait_for_timeout(SETTLE_MS)
        await page.screenshot(path=picture)
    await context.close()


async def take_accounts(browser: Browser, site: Installation, folder: Path) -> None:
    """Each page about accounts, whole, as it is come by."""
    for chapter, tour in CHAPTERS.items():
        async with opened(browser) as page:
            async for name in tour(page, site):
                for size, (width, height) in SIZES.items():
                    await page.set_viewport_size({"width": width, "height": height})
                    for scheme in SCHEMES:
                        await page.emulate_media(color_scheme=scheme)
                        picture = folder / f"{chapter}-{name}-{size}-{scheme}.png"
                        await page.screenshot(path=picture, full_page=True)


async def take_all(site: Installation, folder: Path | None) -> None:
    """Each page in both sizes, dark and light; without a folder the README's."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        if folder is None:
            await take(browser, site.url, "desktop", "dark", [("/markets/", ROOT / "docs/screenshot.png")])
        else:
            for size in SIZES:
                for scheme in SCHEMES:
                    named = [(path, folder / f"{name}-{size}-{scheme}.png") for name, path in PAGES.items()]
                    await take(browser, site.url, size, scheme, named)
            await take_accounts(browser, site, folder)
        await browser.close()


def main(folder: Path | None) -> None:
    """Run an installation of its own for as long as the pictures take."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as var, Installation(Path(var), "mainnet", "localhost") as site:
        site.manage("demo_users")
        asyncio.run(take_all(site, folder))
    sys.stdout.write(f"pictures in {folder or ROOT / 'docs'}\n")


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "var/gallery")
    main(None if given == "--readme" else Path(given))
