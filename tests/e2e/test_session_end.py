"""A session ends while its pages are open: each says so, and leads to the sign-in and back."""

from playwright.async_api import expect

from tests.browser import opened
from tests.e2e.looking import LIVE, until, visit
from tests.e2e.people import PASSWORD, send, sign_in, sign_out, sign_up

CODES = """() => {
  const Real = window.WebSocket;
  const note = ({ code }) => localStorage.setItem("codes", `${localStorage.getItem("codes") ?? ""} ${code}`);
  window.WebSocket = class extends Real {
    constructor(...given) {
      super(...given);
      this.addEventListener("close", note);
    }
  };
}"""
"""The codes with which the sockets of this browser were closed."""
ENDED = "Your session has ended"


async def test_signing_out_in_one_tab_closes_the_socket_of_another_which_says_so_and_leads_to_the_sign_in(
    page, site
):
    await page.context.add_init_script(f"({CODES})()")
    await sign_up(page, site.url, site.mailbox, "tabs@example.org")
    await visit(page, f"{site.url}/portfolio/")
    other = await page.context.new_page()
    await visit(other, f"{site.url}/markets/")
    await sign_out(other)
    await page.wait_for_url("**/account/login/?next=/portfolio/")
    assert "4401" in (await page.evaluate("localStorage.getItem('codes')")).split()
    await expect(page.get_by_role("status").filter(has_text=ENDED)).to_be_visible()
    await page.get_by_label("Username or email").fill("tabs@example.org")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(f"{site.url}/portfolio/")
    await expect(page.get_by_text(ENDED)).to_have_count(0)


async def test_a_public_page_whose_session_is_ended_from_elsewhere_goes_on_as_nobodys_and_says_so(
    page, browser, site
):
    await sign_up(page, site.url, site.mailbox, "public@example.org")
    phone = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"
    async with opened(browser, user_agent=phone) as other:
        await sign_in(other, site.url, "public@example.org")
        await other.wait_for_url(f"{site.url}/markets/")
        await visit(other, f"{site.url}/markets/BTC/")
        await page.goto(f"{site.url}/account/sessions/")
        await page.get_by_role("button", name="End the session of Firefox on Linux").click()
        said = other.get_by_role("status").filter(has_text=ENDED)
        await expect(said).to_be_visible(timeout=20_000)
        await until(other, LIVE)
        await said.get_by_role("link", name="Sign in").click()
        await other.wait_for_url("**/account/login/?next=/markets/BTC/")
        assert other.complaints == []


async def test_a_new_session_in_the_same_browser_takes_nothing_from_who_is_just_writing(page, site):
    await page.context.add_init_script(f"({CODES})()")
    await sign_up(page, site.url, site.mailbox, "writing@example.org")
    await visit(page, f"{site.url}/alerts/new/?coin=BTC")
    await page.get_by_text("More: hysteresis").click()
    await page.locator("[name=note]").fill("half a sentence")
    other = await page.context.new_page()
    await other.goto(f"{site.url}/account/password/change/")
    async with page.expect_event("websocket"):  # it comes back, with the new cookie
        await send(other, oldpassword=PASSWORD, password1=f"{PASSWORD} at all", password2=f"{PASSWORD} at all")
    assert "4401" in (await page.evaluate("localStorage.getItem('codes')")).split()
    await until(page, LIVE)
    assert await page.locator("[name=note]").input_value() == "half a sentence"
