"""Pictures of every page in every state: ``make gallery``, into ``var/gallery`` with an ``index.html``.

``python -m tests.e2e.gallery [CHAPTER…]`` takes those chapters alone and leaves the others' pictures as they are;
``--readme`` takes the picture that README.md shows.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

from tests.browser import ARGUMENTS, chromium, opened
from tests.e2e.account_tour import CHAPTERS, Chapter
from tests.e2e.away_tour import AWAY_CHAPTERS
from tests.e2e.axe import of_ours
from tests.e2e.gallery_index import Picture, write_index
from tests.e2e.looking import visit
from tests.e2e.running import ROOT, Installation
from tests.e2e.site_tour import SITE_CHAPTERS

FOLDER = ROOT / "var/gallery"
TOURS: dict[str, Chapter] = {**SITE_CHAPTERS, **CHAPTERS, **AWAY_CHAPTERS}
BROWSERS: dict[str, dict[str, Any]] = {"offline": {"service_workers": "allow"}}
"""What the browser of a chapter is opened with besides."""
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
SCHEMES = ("dark", "light")
SETTLE_MS = 350
"""Charts take a new width and theme with their next frames."""
TALLEST = 3_000
PATIENCE_MS = 60_000


async def take(page: Page, picture: Picture) -> None:
    """The page as it stands, in both sizes and themes: whole, unless it is taller than anybody looks at."""
    for size, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            await page.wait_for_timeout(SETTLE_MS)
            whole = await page.evaluate("document.documentElement.scrollHeight")
            clip = {"x": 0, "y": 0, "width": width, "height": min(max(whole, height), TALLEST)}
            await page.screenshot(path=FOLDER / picture.file(size, scheme), full_page=True, clip=clip)
    width, height = SIZES["desktop"]
    await page.set_viewport_size({"width": width, "height": height})


async def take_chapter(browser: Browser, site: Installation, chapter: str) -> None:
    """All that somebody comes by; what the console complains of is said."""
    async with opened(browser, reduced_motion="reduce", **BROWSERS.get(chapter, {})) as page:
        page.set_default_timeout(PATIENCE_MS)
        async for name in TOURS[chapter](page, site):
            await take(page, Picture(chapter, name))
            sys.stdout.write(f"{chapter}: {name}\n")
            sys.stdout.flush()
        for complaint in dict.fromkeys(of_ours(page.complaints)):
            sys.stdout.write(f"{chapter}: the console says {complaint}\n")


async def take_readme(browser: Browser, site: Installation) -> None:
    """The markets as they fill a window."""
    async with opened(browser, viewport={"width": 1440, "height": 900}, color_scheme="dark") as page:
        await visit(page, f"{site.url}/markets/")
        await page.wait_for_timeout(2_500)
        await page.screenshot(path=ROOT / "docs/screenshot.png")


async def take_all(site: Installation, chapters: list[str], is_readme: bool) -> None:
    """What was asked for, one after the other."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        if is_readme:
            await take_readme(browser, site)
        else:
            for chapter in chapters:
                await take_chapter(browser, site, chapter)
        await browser.close()


def main() -> None:
    """Run an installation of its own for as long as the pictures take."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.gallery", description=__doc__.splitlines()[0])
    parser.add_argument("chapters", nargs="*", metavar="CHAPTER", help=", ".join(TOURS))
    parser.add_argument("--readme", action="store_true", help="take docs/screenshot.png alone")
    options = parser.parse_args()
    if unknown := set(options.chapters) - TOURS.keys():
        parser.error(f"no chapter is called {', '.join(sorted(unknown))}; there are {', '.join(TOURS)}")
    chapters = [name for name in TOURS if name in (options.chapters or TOURS)]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as var, Installation(Path(var), "mainnet", "localhost") as site:
        site.manage("demo_users")
        asyncio.run(take_all(site, chapters, options.readme))
    index = write_index(FOLDER, list(TOURS), list(SIZES), SCHEMES)
    sys.stdout.write(f"{ROOT / 'docs/screenshot.png' if options.readme else index}\n")


if __name__ == "__main__":
    main()
