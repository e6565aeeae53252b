"""What holds for every page: no errors, nothing axe finds, nothing wider than a phone, a banner that is true."""

import pytest

from dashboard.pages.errors import server_error
from tests.browser import opened
from tests.e2e.axe import DESKTOP, PHONE, findings, findings_in_both_themes, of_ours, too_wide
from tests.e2e.looking import until, visit

PAGES = ["/", "/markets/", "/markets/?kind=spot&sort=nonsense&q=zz", "/markets/BTC/", "/markets/@107/", "/status/"]
PAGES += [
    "/markets/xyz:GOLD/",
    "/markets/MATIC/",
    "/markets/ETHH/",
    "/nothing/",
    "/glossary/",
    "/search/?q=bt",
    "/api/v1/docs",
]
MISSING = {"/markets/ETHH/", "/nothing/"}
KINDS = "prices contexts spot book trades candle"


async def look(page, site, path: str) -> None:
    await visit(page, site.url + path)
    await page.wait_for_timeout(500)  # charts draw, flashes fade


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_nothing_in_both_themes_and_the_console_is_empty(browser, site, path):
    for scheme, viewport in (("dark", DESKTOP), ("light", PHONE)):
        async with opened(browser, color_scheme=scheme, viewport=viewport, reduced_motion="reduce") as page:
            await look(page, site, path)
            assert await findings_in_both_themes(page) == []
            if path in MISSING:  # the browser itself counts the page's own status as an error
                page.complaints = of_ours(page.complaints)
            assert page.complaints == []


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_scrolls_sideways(page, site, path):
    await visit(page, site.url + path)
    assert await too_wide(page, settle_ms=100) == []  # charts take the new width
    if path in MISSING:
        page.complaints = of_ours(page.complaints)


async def test_every_page_says_that_it_is_simulated_even_without_script(browser, site):
    async with opened(browser, java_script_enabled=False) as page:
        for path in PAGES:
            await page.goto(site.url + path)
            assert await page.locator(".simulated").is_visible(), path
            assert "SIMULATED" in await page.text_content(".simulated")


async def test_stale_cells_stay_readable(browser, site):
    """The marks of staleness, set by hand on pages whose scripts did not load, have contrast enough."""
    for scheme in ("dark", "light"):
        async with opened(browser, color_scheme=scheme) as page:
            await page.route("**/*.js", lambda route: route.abort())
            for path in ("/markets/", "/markets/BTC/", "/"):
                await page.goto(site.url + path)
                await page.evaluate(f"document.documentElement.dataset.stale = '{KINDS}'")
                assert await findings(page) == [], scheme


async def test_the_page_for_our_own_errors_is_in_the_design(browser, site, rf):
    """It cannot be asked for, so the site is made to answer with it."""
    body = server_error(rf.get("/")).content.decode()
    async with opened(browser) as page:
        await page.route(
            "**/broken/", lambda route: route.fulfill(status=200, body=body, content_type="text/html")
        )
        await page.goto(f"{site.url}/broken/")
        assert await page.evaluate("getComputedStyle(document.body).marginTop") == "0px", "the style is missing"
        assert await page.locator(".simulated").is_visible()
        assert await findings(page) == []
        assert page.complaints == []
        await page.click("text=Start page")
        await until(page, "() => document.querySelector('.hero')")
