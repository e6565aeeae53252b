"""The style guide as staff sees it: every token is drawn, axe finds nothing, nothing is too wide."""

from dashboard.pages.styleguide import tokens
from tests.browser import opened
from tests.e2e.axe import wrong
from tests.e2e.running import Installation


async def test_staff_sees_every_token_drawn_and_axe_finds_nothing(browser, tmp_path):
    with Installation(tmp_path, name="localhost") as site:
        site.manage("demo_users", "--without-alerts")
        async with opened(browser, reduced_motion="reduce") as page:
            await page.goto(f"{site.url}/account/login/?next=/styleguide/")
            await page.get_by_label("Username or e-mail").fill("admin")
            await page.get_by_label("Password").fill("hyperliquid-demo")
            await page.get_by_role("button", name="Sign in", exact=True).click()
            await page.locator(".guide").wait_for()
            widths = "(all) => all.map((one) => one.getBoundingClientRect().width)"
            drawn = await page.locator(".guide-space rect").evaluate_all(widths)
            assert len(drawn) == len(tokens()["spaces"])
            assert drawn == sorted(set(drawn)), "a longer space is drawn longer"
            fills = "(all) => all.map((one) => getComputedStyle(one).fill)"
            colours = await page.locator(".guide-patch rect").evaluate_all(fills)
            assert len(colours) == len(tokens()["colours"])
            assert len(set(colours)) > 15
            assert await wrong(page) == []
            assert page.complaints == []
