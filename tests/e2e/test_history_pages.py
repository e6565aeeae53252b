"""History in a real browser: a wallet's past is read, shown, filtered, noted; also without script, on a phone."""

import pytest

from tests.browser import opened
from tests.e2e.account_tour import demo_sign_in
from tests.e2e.axe import DESKTOP, PHONE, findings, too_wide
from tests.e2e.looking import COUNT_SHIFTS, LEDGER_ROW, PATIENCE_MS, rows_come
from tests.e2e.running import Installation

PAGES = ["/history/", "/history/trips/", "/history/fills/", "/history/funding/", "/history/flows/"]
PAGES += ["/history/orders/", "/trades/large/"]


@pytest.fixture(scope="module")
def trader(site) -> Installation:
    """The demo's trader, whose six wallets begin to be followed."""
    site.manage("demo_users", "--without-alerts")
    return site


async def test_the_past_of_a_wallet_is_read_and_a_trip_gets_a_note(page, trader):
    await page.add_init_script(f"({COUNT_SHIFTS})()")
    await page.set_viewport_size(DESKTOP)
    await demo_sign_in(page, trader, "trader")
    await page.get_by_role("link", name="History").click()
    await rows_come(page, f"{trader.url}/history/fills/", 20)
    await page.get_by_role("link", name="Round trips").click()
    await rows_come(page, f"{trader.url}/history/trips/", 2)
    await page.locator(f"{LEDGER_ROW} .c-coin a").first.click()
    await page.get_by_label("Text").fill("Waited for the second test of the level.")
    await page.get_by_label("Tags").fill("Patience, second try")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("The note is saved.").wait_for(timeout=PATIENCE_MS)
    await page.goto(f"{trader.url}/history/trips/")
    await page.locator("select[name=tag]").select_option("patience")  # acts at once
    await page.wait_for_url("**/history/trips/?tag=patience", timeout=PATIENCE_MS)
    assert await page.locator(LEDGER_ROW).count() == 1
    assert "second try" in await page.text_content(f"{LEDGER_ROW} .c-note")
    assert [shift for shift in await page.evaluate("window.shifted") if shift[0] > 0.02] == []


async def test_filters_and_pages_work_without_script(browser, trader):
    async with opened(browser, java_script_enabled=False, viewport=DESKTOP) as page:
        await demo_sign_in(page, trader, "trader")
        await rows_come(page, f"{trader.url}/history/fills/", 50)
        newest = await page.locator(f"{LEDGER_ROW} .c-time").first.get_attribute("title")
        await page.get_by_role("link", name="Older").click()
        assert await page.locator(f"{LEDGER_ROW} .c-time").first.get_attribute("title") <= newest
        await page.locator("select[name=side]").select_option("sell")
        await page.get_by_role("button", name="Apply").click()
        sides = await page.locator(f"{LEDGER_ROW} .c-side").all_inner_texts()
        assert sides
        assert all(side.startswith("Sell") for side in sides)
        assert await page.locator(".coverage-bar").count() == 6


async def test_on_a_phone_the_tab_that_is_open_is_in_sight(browser, trader):
    async with opened(browser, viewport=PHONE) as page:
        await demo_sign_in(page, trader, "trader")
        await page.goto(f"{trader.url}/history/export/")
        open_tab = page.locator(".tabs [aria-current]")
        edge = "(tab) => tab.getBoundingClientRect().right <= innerWidth"
        await page.locator(".pulse:not([data-state=snapshot])").wait_for(timeout=PATIENCE_MS)
        assert await open_tab.evaluate(edge)
        await page.locator(".tabs").evaluate("(bar) => (bar.scrollLeft = 0)")
        assert not await open_tab.evaluate(edge), "else there is nothing to scroll"


PAPER = {"width": 1032, "height": 700}
"""A4 across, less its margins."""


@pytest.mark.parametrize("path", ["/history/trips/", "/history/fills/", "/portfolio/"])
async def test_on_paper_nothing_is_cut_off_or_offered_and_its_time_is_told(browser, trader, path):
    async with opened(browser, viewport=PAPER, color_scheme="dark") as page:
        await demo_sign_in(page, trader, "trader")
        await page.goto(trader.url + path)
        await page.locator(".pulse:not([data-state=snapshot])").wait_for(timeout=PATIENCE_MS)
        await page.emulate_media(media="print")
        await page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert (await page.text_content("[data-printed]")).startswith("As of ")
        assert await page.locator("[data-printed]").is_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
        for offered in (".top", ".foot", ".toasts", ".history-filters .button", ".as-of"):
            assert await page.locator(offered).locator("visible=true").count() == 0, offered
        assert await page.locator(".tabs a:visible").count() == (path != "/portfolio/")
        assert (await page.pdf(prefer_css_page_size=True)).startswith(b"%PDF")


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_nothing_and_nothing_is_too_wide(browser, trader, path):
    async with opened(browser, viewport=DESKTOP, color_scheme="dark", reduced_motion="reduce") as page:
        await demo_sign_in(page, trader, "trader")
        await page.goto(trader.url + path)
        for viewport, scheme in ((DESKTOP, "dark"), (PHONE, "light")):
            await page.set_viewport_size(viewport)
            await page.emulate_media(color_scheme=scheme)
            assert await findings(page) == [], (viewport, scheme)
        assert await too_wide(page) == []
        assert page.complaints == []
