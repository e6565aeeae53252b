"""The whole site by keyboard alone, and without script: from signing in to signing out."""

import pytest
from playwright.async_api import expect

from tests.browser import opened
from tests.e2e.axe import DESKTOP, PHONE
from tests.e2e.looking import until, visit
from tests.e2e.people import PASSWORD, sign_in, sign_up
from tests.e2e.test_sign_in import tab_to

EMAIL = "keys@example.org"
OUTLINE = "getComputedStyle(document.activeElement).outlineStyle"
TABS = 45
UNSEEN_FOCUS = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return ""; // the browser's own part
  const { width, height } = focused.getBoundingClientRect();
  const isSeen = width > 4 && height > 4 && focused.checkVisibility({ opacityProperty: true });
  return isSeen && getComputedStyle(focused).outlineStyle !== "none" ? "" : focused.outerHTML.slice(0, 160);
}"""


async def test_keys_search_go_and_help_but_never_while_somebody_writes(page, site):
    await visit(page, site.url)
    press = page.keyboard.press
    await press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert await page.evaluate("document.activeElement.textContent") == "Close"
    await press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await press("/")
    field = page.get_by_role("combobox", name="Search markets and wallets")
    await expect(field).to_be_focused()
    assert await page.evaluate(OUTLINE) != "none"
    await page.keyboard.type("gm?/bt")  # nobody goes anywhere
    await expect(field).to_have_value("gm?/bt")
    await field.fill("")
    await page.keyboard.type("bt")
    await expect(page.get_by_role("option").first).to_contain_text("BTC")
    await expect(field).to_have_attribute("aria-expanded", "true")
    await press("ArrowDown")
    chosen = await field.get_attribute("aria-activedescendant")
    assert await page.locator(f"#{chosen}").get_attribute("aria-selected") == "true"
    await press("Escape")
    await expect(page.get_by_role("option")).to_have_count(0)
    await press("ArrowDown")
    await press("Enter")
    await page.wait_for_url("**/markets/BTC/")
    await page.locator("body").press("g")
    await expect(page.locator("[data-keys-said]")).to_have_text(
        "Go to: m markets, p portfolio, a alerts, h history, w wallets"
    )
    await press("m")
    await page.wait_for_url("**/markets/")


async def test_escape_closes_what_is_open_and_the_focus_is_back_where_it_was_opened(page, site):
    await sign_up(page, site.url, site.mailbox, "escape@example.org")
    press = page.keyboard.press
    focus = "() => document.activeElement.textContent.trim()"
    await page.get_by_role("button", name="Keys").focus()
    await press("Enter")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await press("Tab")
    assert await page.evaluate("document.activeElement.closest('dialog') !== null")
    await press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert await page.evaluate(focus) == "Keys"
    summary = page.locator("[data-menu] summary")
    for way_out in ("Escape", "Shift+Tab"):
        await summary.focus()
        await press("Enter")
        await expect(page.get_by_role("link", name="Settings")).to_be_visible()
        if way_out == "Escape":
            await press("Tab")
            assert await page.evaluate(focus) == "Settings"
        await press(way_out)
        await expect(page.get_by_role("link", name="Settings")).to_be_hidden()
        if way_out == "Escape":
            await expect(summary).to_be_focused()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_wherever_tab_leads_it_is_seen_that_it_led_there(page, site, size):
    await page.set_viewport_size(size)
    await sign_up(page, site.url, site.mailbox, f"tab{size['width']}@example.org")
    for path in ("/markets/", "/markets/BTC/", "/portfolio/", "/alerts/new/?coin=BTC", "/history/fills/"):
        await visit(page, site.url + path)
        unseen = set()
        for _ in range(TABS):
            await page.keyboard.press("Tab")
            unseen.add(await page.evaluate(UNSEEN_FOCUS))
        assert unseen - {""} == set(), path


async def test_the_keyboard_alone_signs_in_sorts_opens_a_market_makes_an_alert_and_signs_out(browser, site):
    async with opened(browser) as page:
        await sign_up(page, site.url, site.mailbox, EMAIL)
    async with opened(browser) as page:
        press, write = page.keyboard.press, page.keyboard.type
        await page.goto(f"{site.url}/account/login/")
        await tab_to(page, "Username or email")
        await write(EMAIL)
        await tab_to(page, "Password")
        await write(PASSWORD)
        await press("Enter")
        await page.wait_for_url(f"{site.url}/markets/")
        await until(page, "() => document.querySelector('[data-rows] tr')")
        await tab_to(page, "24 h")
        await press("Enter")
        await expect(page.locator("th[data-column=change]")).to_have_attribute("aria-sort", "descending")
        await press("/")
        await write("eth")
        await expect(page.locator("[data-rows] tr").first).to_contain_text("ETH")
        await press("Enter")
        await page.wait_for_url("**/markets/*/")
        await tab_to(page, "+ Alert")
        assert await page.evaluate(OUTLINE) != "none"
        await press("Enter")
        await page.wait_for_url("**/alerts/new/**")
        await tab_to(page, "Make the alert")
        await press("Enter")
        await page.get_by_text("is at or above").first.wait_for()
        await page.locator("body").press("g")
        await press("p")
        await page.wait_for_url("**/portfolio/")
        for letter, goal in (("w", "wallets"), ("h", "history")):
            await page.locator("body").press("g")
            await press(letter)
            await page.wait_for_url(f"**/{goal}/")
        await tab_to(page, "keys")
        await press("Enter")
        await tab_to(page, "Sign out")
        await press("Enter")
        await page.get_by_role("link", name="Sign in").wait_for()
        assert page.complaints == []


async def test_without_script_the_same_way_can_be_gone(browser, site):
    async with opened(browser, java_script_enabled=False) as page:
        await sign_in(page, site.url, EMAIL)
        await page.wait_for_url(f"{site.url}/markets/")
        await page.get_by_role("columnheader", name="Market").get_by_role("link").click()
        assert await page.locator("th[data-column=name]").get_attribute("aria-sort") == "ascending"
        await page.goto(f"{site.url}/search/")
        await page.get_by_role("searchbox").fill("btc")
        await page.get_by_role("button", name="Search").click()
        await page.get_by_role("link", name="BTC perp", exact=False).first.click()
        await page.get_by_role("link", name="Premium").first.click()
        assert page.url.endswith("/glossary/#premium")
        await page.go_back()
        await page.get_by_role("link", name="+ Alert").click()
        await page.get_by_role("button", name="Make the alert").click()
        await page.get_by_text("is at or above").first.wait_for()
        await page.get_by_role("link", name="Portfolio").first.click()
        await page.get_by_role("link", name="History").first.click()
        await page.locator("[data-menu] summary").click()
        await page.get_by_role("button", name="Sign out").click()
        await page.get_by_role("link", name="Sign in").wait_for()


async def test_three_steps_lead_from_signing_up_to_an_alert_that_is_made_of_what_was_chosen(page, site):
    await sign_up(page, site.url, site.mailbox, "new@example.org", is_shown_round=True)
    await expect(page.get_by_role("heading", name="Follow a wallet")).to_be_visible()
    assert (await page.get_by_label("Address").input_value()).startswith("0x22")  # the sample of the simulation
    await page.get_by_role("button", name="Skip this step").click()
    await page.get_by_role("heading", name="Choose your markets").wait_for()
    await page.goto(f"{site.url}/glossary/")  # away, and on with it later
    await page.goto(f"{site.url}/welcome/")
    await page.locator("input[value=ETH]").check()
    await page.get_by_role("button", name="Choose these").click()
    await expect(page.get_by_text("falls by 5% within an hour")).to_be_visible()
    await page.get_by_role("button", name="Look at this alert").click()
    await page.wait_for_url("**/alerts/new/?metric=change**")
    await page.goto(f"{site.url}/welcome/")
    assert page.url == f"{site.url}/markets/?kind=favourites"
