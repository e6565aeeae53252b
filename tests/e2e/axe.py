"""What must not be found on any page: by axe, in the console, or wider than the window."""

import re

from playwright.async_api import Page

from tests.e2e.running import ROOT

AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text()
FINDINGS = """async (only) => (await axe.run(document, { resultTypes: ['violations'], ...only })).violations
  .map(({ id, help, nodes }) => [id, help, nodes.slice(0, 3).map(({ html }) => html.slice(0, 200))])"""
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
WIDTHS = (1440, 1280, 1024, 768, 390, 360)
COLOURS = ("color-contrast", "link-in-text-block")
REFUSED = re.compile(r"the server responded with a status of (400|403|404|429) ")


async def findings(page: Page, only: tuple[str, ...] = ()) -> list:
    """What axe finds now (of some of its rules)."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    return await page.evaluate(FINDINGS, {"runOnly": only} if only else {})


async def findings_in_both_themes(page: Page) -> list:
    """In the theme that it has, and then in the other, in which nothing differs but colours."""
    found = []
    is_light = await page.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
    for scheme, only in (("light", ()), ("dark", COLOURS)) if is_light else (("dark", ()), ("light", COLOURS)):
        await page.emulate_media(color_scheme=scheme)
        found += [(scheme, finding) for finding in await findings(page, only)]
    return found


async def too_wide(page: Page, settle_ms: int = 0) -> list[str]:
    """Widths of the window, from a wide screen to a small phone, at which the page scrolls sideways."""
    found = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.wait_for_timeout(settle_ms)
        if (scrolled := await page.evaluate("document.documentElement.scrollWidth")) != width:
            found.append(f"{scrolled} wide in {width}")
    return found


async def wrong(page: Page) -> list:
    """Everything that is wrong, in both sizes and themes."""
    found: list = await too_wide(page)
    for viewport in (DESKTOP, PHONE):
        await page.set_viewport_size(viewport)
        found += [(viewport["width"], finding) for finding in await findings_in_both_themes(page)]
    return found


def of_ours(complaints: list[str]) -> list[str]:
    """Complaints of the console without those with which a browser counts each refused form as an error."""
    return [text for text in complaints if not REFUSED.search(text)]
