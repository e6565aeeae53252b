"""What holds for every page about accounts, and for the style guide: axe finds nothing, nothing is too wide."""

import pytest

from dashboard.pages.styleguide import tokens
from tests.browser import opened
from tests.e2e.account_tour import CHAPTERS, demo_sign_in
from tests.e2e.axe import DESKTOP, of_ours, wrong
from tests.e2e.running import Installation

PATIENCE_MS = 60_000
STATES = {"Live", "Stale", "Loading", "Empty", "Error", "Forbidden"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An installation with the users of the demo; passkeys need a name, so it is opened by one."""
    with Installation(tmp_path_factory.mktemp("site"), name="localhost") as running:
        running.manage("demo_users", "--without-alerts")
        yield running


@pytest.mark.parametrize("chapter", CHAPTERS)
async def test_axe_finds_nothing_in_both_themes_and_sizes_and_the_console_is_empty(browser, site, chapter):
    async with opened(browser, viewport=DESKTOP, reduced_motion="reduce") as page:
        page.set_default_timeout(PATIENCE_MS)
        found = {}
        async for name in CHAPTERS[chapter](page, site):
            found[name] = await wrong(page)
            await page.set_viewport_size(DESKTOP)
        assert {name: faults for name, faults in found.items() if faults} == {}
        assert of_ours(page.complaints) == []


async def test_staff_sees_every_token_of_the_style_guide_drawn(browser, site):
    async with opened(browser, reduced_motion="reduce") as page:
        page.set_default_timeout(PATIENCE_MS)
        await demo_sign_in(page, site, "admin")
        await page.goto(f"{site.url}/styleguide/")
        widths = "(all) => all.map((one) => one.getBoundingClientRect().width)"
        drawn = await page.locator(".guide-space rect").evaluate_all(widths)
        assert len(drawn) == len(tokens()["spaces"])
        assert drawn == sorted(set(drawn)), "a longer space is drawn longer"
        fills = "(all) => all.map((one) => getComputedStyle(one).fill)"
        colours = await page.locator(".guide-patch rect").evaluate_all(fills)
        assert len(colours) == len(tokens()["colours"])
        assert len(set(colours)) > 15
        states = await page.locator(".guide-states dt").all_inner_texts()
        assert {name.partition(":")[0] for name in states} >= STATES
        old = page.locator(".guide-states [data-stream]")
        assert await old.evaluate("(cell) => getComputedStyle(cell).getPropertyValue('--is-stale')") == "1"
        assert await page.locator(".guide-states [data-stale-mark]").is_visible()
        shown = "(all) => all.every((one) => one.getBoundingClientRect().height > 10)"
        assert await page.locator(".guide-states dd > *").evaluate_all(shown)
        assert await wrong(page) == []
        assert page.complaints == []
