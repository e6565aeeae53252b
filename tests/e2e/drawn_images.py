"""Pictures that others show of the site, drawn from its mark: ``python -m tests.e2e.drawn_images``.

``static/img/card.png`` is what a message with a link to the site shows; it has no figures, which would be made
up or old. ``static/img/apple-touch-icon.png`` is for home screens that round the corners themselves.
"""

import asyncio

from playwright.async_api import async_playwright

from tests.browser import ARGUMENTS, chromium
from tests.e2e.running import ROOT

IMAGES = ROOT / "static/img"
CARD, TOUCH = (1200, 630), (180, 180)
STYLE = """
html, body { height: 100%; margin: 0; background: #0b0e11; color: #e7ebef; }
body { font: 400 34px/1.4 Inter, "Liberation Sans", sans-serif; }
.card { display: flex; flex-direction: column; justify-content: space-between; }
.card { box-sizing: border-box; height: 100%; padding: 76px 84px; }
.name { display: flex; align-items: center; gap: 22px; font-size: 38px; font-weight: 600; }
.name svg { width: 74px; height: 74px; }
h1 { margin: 0; font-size: 60px; line-height: 1.12; letter-spacing: -0.035em; }
h1 span, p { color: #929da9; }
p { margin: 0; }
.touch, .touch svg { width: 100%; height: 100%; background: #11151a; }
"""


def mark() -> str:
    """The site's icon."""
    return (IMAGES / "favicon.svg").read_text()


def card() -> str:
    """The social card as a page."""
    name = f'<div class="name">{mark()}Hyperliquid Dashboard</div>'
    words = "<h1>Every Hyperliquid market, live.<br><span>And the age of every number.</span></h1>"
    return f'<div class="card">{name}{words}<p>Self-hosted. Read-only by construction.</p></div>'


def touch() -> str:
    """The icon, to its edges."""
    square = mark().replace(' rx="7"', "")
    return f'<div class="touch">{square}</div>'


async def draw() -> None:
    """Both, as they are drawn by the browser of the tests."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for name, body, (width, height) in (("card", card(), CARD), ("apple-touch-icon", touch(), TOUCH)):
            page = await browser.new_page(viewport={"width": width, "height": height})
            await page.set_content(f"<!doctype html><style>{STYLE}</style>{body}")
            await page.screenshot(path=IMAGES / f"{name}.png")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(draw())
