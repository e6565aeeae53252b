"""Signing in in a real browser: by keyboard alone, with codes of an app, with passkeys; and being signed out."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.people import PASSWORD, Mailbox, confirm, keep_passkeys, sign_in, sign_out, sign_up, totp
from tests.e2e.running import Installation

PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)
MOST_TABS = 150
NAMES_OF_FOCUS = (
    "[...(document.activeElement.labels ?? []), document.activeElement].map(e => e.textContent).join()"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A whole installation on a simulated exchange; passkeys need a name, so it is opened by one."""
    with Installation(tmp_path_factory.mktemp("site"), name="localhost") as running:
        yield running


@pytest.fixture
def url(site) -> str:
    return site.url


@pytest.fixture
def mailbox(site) -> Mailbox:
    return site.mailbox


@pytest.fixture(autouse=True)
def _patient(page):
    page.set_default_timeout(PATIENCE_MS)


@pytest_asyncio.fixture(loop_scope="session")
async def key(page):
    """A phone or laptop that keeps passkeys and knows its owner."""
    return await keep_passkeys(page)


async def tab_to(page, name: str) -> None:
    """Press Tab until what is called so has the focus, as the keyboard's only way through a page."""
    for _ in range(MOST_TABS):
        await page.keyboard.press("Tab")
        if name in await page.evaluate(NAMES_OF_FOCUS):
            return
    raise AssertionError(f"{name!r} cannot be reached by keyboard on {page.url}")


async def test_the_keyboard_alone_signs_up_and_out(page, url, mailbox):
    press, write = page.keyboard.press, page.keyboard.type
    await page.goto(url)
    await tab_to(page, "Sign in")
    await press("Enter")
    await page.wait_for_url("**/account/login/**")
    await tab_to(page, "Create an account")
    await press("Enter")
    await page.wait_for_url("**/account/signup/**")
    await tab_to(page, "Email")
    await write("kim@example.org")
    await tab_to(page, "Password")
    await write(PASSWORD)
    await press("Enter")
    await page.wait_for_url("**/account/confirm-email/")
    await tab_to(page, "Code")
    await write(mailbox.code("kim@example.org"))
    await press("Enter")
    await page.get_by_text("kim", exact=True).wait_for()
    await tab_to(page, "kim")
    await press("Enter")
    await tab_to(page, "Sign out")
    await press("Enter")
    await expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert page.complaints == []


async def answer_with(page, url: str, login: str, code: str) -> None:
    await sign_in(page, url, login)
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name="Sign in").click()


async def set_up_app(page, url: str) -> tuple[str, list[str]]:
    """The app's secret and the recovery codes that come with it, on whose page he is then."""
    await page.goto(f"{url}/account/2fa/totp/activate/")
    await confirm(page)
    secret = await page.get_by_label("Secret").input_value()
    await page.get_by_label("Authenticator code").fill(totp(secret))
    await page.get_by_role("button", name="Confirm").click()
    return secret, await unused_codes(page)


async def unused_codes(page) -> list[str]:
    return (await page.get_by_label("Unused codes").input_value()).split()


async def test_an_app_with_codes_is_asked_for_and_a_recovery_code_stands_in(page, url, mailbox):
    await sign_up(page, url, mailbox, "lee@example.org")
    secret, recovery = await set_up_app(page, url)
    await sign_out(page)

    await sign_in(page, url, "lee@example.org")
    await page.wait_for_url("**/account/2fa/authenticate/")
    await expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)  # he has none
    await page.get_by_label("Code").fill("000000")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("Incorrect code")).to_be_visible()
    await page.get_by_label("Code").fill(totp(secret, later=1))
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{url}/markets/")
    await sign_out(page)

    await answer_with(page, url, "lee@example.org", recovery[0])
    await page.wait_for_url(f"{url}/markets/")
    await sign_out(page)
    await answer_with(page, url, "lee@example.org", recovery[0])
    await expect(page.get_by_text("Incorrect code")).to_be_visible()
    assert page.complaints == []


async def test_new_recovery_codes_replace_the_old_and_without_the_app_a_password_is_enough(page, url, mailbox):
    await sign_up(page, url, mailbox, "ray@example.org")
    _, old = await set_up_app(page, url)
    await page.get_by_role("link", name="Make new ones").click()
    await page.get_by_role("button", name="Make new ones").click()
    new = await unused_codes(page)
    assert len(set(new) - set(old)) == 10
    await sign_out(page)

    await answer_with(page, url, "ray@example.org", old[0])
    await expect(page.get_by_text("Incorrect code")).to_be_visible()
    await page.get_by_label("Code").fill(new[0])
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{url}/markets/")
    await page.goto(f"{url}/account/2fa/totp/deactivate/")
    await confirm(page)
    await page.get_by_role("button", name="Remove it").click()
    await page.get_by_text("The authenticator app is removed").wait_for()
    await sign_out(page)

    await sign_in(page, url, "ray@example.org")
    await page.wait_for_url(f"{url}/markets/")
    assert page.complaints == []


async def test_a_passkey_is_added_and_signs_in_alone(page, url, mailbox, key):
    await sign_up(page, url, mailbox, "mia@example.org")
    await page.goto(f"{url}/account/2fa/webauthn/add/")
    await confirm(page)
    await page.get_by_role("button", name="Add").click()
    await page.get_by_label("Unused codes").wait_for()
    await sign_out(page)
    await page.goto(f"{url}/account/login/")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.wait_for_url(f"{url}/markets/")
    await expect(page.locator("[data-menu] summary")).to_contain_text("mia")
    await sign_out(page)
    await sign_in(page, url, "mia@example.org")
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url(f"{url}/markets/")
    assert page.complaints == []


async def test_an_account_is_made_with_a_passkey_and_no_password(page, url, mailbox, key):
    await page.goto(f"{url}/account/signup/")
    await page.get_by_role("link", name="Create it with a passkey").click()
    await page.get_by_label("Email").fill("noa@example.org")
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("Code").fill(mailbox.code("noa@example.org"))
    await page.get_by_role("button", name="Confirm").click()
    await page.get_by_role("button", name="Make the passkey").click()
    await page.wait_for_url(f"{url}/welcome/")
    await sign_out(page)
    await page.goto(f"{url}/account/login/")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await page.wait_for_url(f"{url}/welcome/")
    assert page.complaints == []


async def test_a_passkey_that_is_not_there_is_explained(page, url, key):
    await page.goto(f"{url}/account/login/")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_role("alert")).to_contain_text("there is none for this site")
    assert page.complaints == []


async def test_why_passkeys_do_not_work_under_an_address_is_explained(page, site, key):
    await page.goto(f"http://127.0.0.1:{site.port}/account/login/")
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_role("alert")).to_contain_text(f"open http://localhost:{site.port}")


async def test_the_sessions_page_ends_another_browsers_session_and_its_socket(page, browser, url, mailbox):
    await sign_up(page, url, mailbox, "ola@example.org")
    context = await browser.new_context(user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0")
    try:
        other = await context.new_page()
        other.set_default_timeout(PATIENCE_MS)
        sockets = []
        other.on("websocket", lambda opened: sockets.append(opened))
        await sign_in(other, url, "ola@example.org")
        await other.wait_for_url(f"{url}/markets/")
        await expect(other.locator("[data-pulse]")).to_have_attribute("data-state", "live")

        await page.goto(f"{url}/account/sessions/")
        async with other.expect_event("websocket"):  # it comes back, as nobody
            async with sockets[-1].expect_event("close", timeout=PATIENCE_MS):
                await page.get_by_role("button", name="End the session of Firefox on Linux").click()
        await expect(page.get_by_text("Firefox on Linux is signed out.")).to_be_visible()
        await expect(other.get_by_role("link", name="Sign in").first).to_be_visible()
        await page.reload()
        await expect(page.locator("[data-menu] summary")).to_contain_text("ola")
    finally:
        await context.close()
    assert page.complaints == []
