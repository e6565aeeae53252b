"""Wallets in a real browser: sign-in, linking, adding, and everything that is refused."""

import re

import pytest
import pytest_asyncio
from playwright.async_api import expect

from exchange.simulator import cast as actors
from tests.e2e.axe import too_wide
from tests.e2e.browser_wallet import BrowserWallet, meddle
from tests.e2e.running import Installation


@pytest.fixture(autouse=True)
def answers_are_refused(page):
    """A browser writes each refused answer (400) to its console; that is no complaint of ours."""
    yield
    page.complaints[:] = [text for text in page.complaints if "status of 400" not in text]


PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A whole installation on a simulated exchange."""
    with Installation(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def wallet(page) -> BrowserWallet:
    """An extension that announces itself in the browser of ``page``."""
    page.set_default_timeout(PATIENCE_MS)
    found = BrowserWallet()
    await found.install(page.context)
    return found


async def sign(page, address: str, name: str = "Test Wallet") -> None:
    """Choose the wallet on the page at ``address``."""
    await page.goto(address)
    await page.get_by_role("button", name=name).click()


async def said(page, text: str) -> None:
    await expect(page.locator("[data-said]")).to_contain_text(text)


@pytest.fixture
def at(site):
    """The address of a path."""
    return lambda path: site.url + path


async def signed_in(page, at) -> None:
    await sign(page, at("/account/wallet/sign-in/"))
    await page.wait_for_url(at("/wallets/"))


async def test_an_announced_wallet_signs_a_stranger_up(page, wallet, at):
    await page.goto(at("/account/login/"))
    await page.get_by_role("link", name="Sign in with a wallet").click()
    button = page.get_by_role("button", name="Test Wallet")
    await expect(button.locator("img")).to_have_js_property("complete", True)
    await button.click()
    await page.wait_for_url(at("/wallets/"))
    assert await too_wide(page) == [], "an address as a name has room in the header"
    row = page.locator(".wallet")
    await expect(row).to_contain_text(wallet.key.address)
    await expect(row).to_contain_text("Signs you in")
    assert wallet.asked == ["eth_requestAccounts", "personal_sign"]
    assert wallet.texts[0].startswith(f"{at('').removeprefix('http://')} wants you to sign in")
    assert page.complaints == []


async def test_a_wallet_that_only_takes_window_ethereum_is_offered_too(page, at):
    wallet = BrowserWallet()
    await wallet.install(page.context, announced=False)
    await sign(page, at("/account/wallet/sign-in/"), "Browser wallet")
    await page.wait_for_url(at("/wallets/"))
    await expect(page.locator(".wallet")).to_contain_text(wallet.key.address)


async def test_a_browser_without_a_wallet_says_what_is_missing(page, at):
    await page.goto(at("/account/wallet/sign-in/"))
    await expect(page.get_by_text("No wallet was found in this browser")).to_be_visible()


@pytest.mark.parametrize("step", ["eth_requestAccounts", "personal_sign"])
async def test_who_declines_in_the_wallet_is_told_that_nothing_happened(page, wallet, at, step):
    wallet.declines = {step}
    await sign(page, at("/account/wallet/sign-in/"))
    await said(page, "You declined in the wallet. Nothing happened.")
    wallet.declines = set()
    await page.get_by_role("button", name="Test Wallet").click()
    await page.wait_for_url(at("/wallets/"))


async def test_under_another_name_of_the_site_the_page_leads_to_the_right_one(page, wallet, at):
    await page.goto(at("/account/wallet/sign-in/?next=/markets/").replace("127.0.0.1", "localhost"))
    await page.get_by_role("link", name="http://127.0.0.1").click()
    await page.wait_for_url(at("/account/wallet/sign-in/?next=/markets/"))
    await page.get_by_role("button", name="Test Wallet").click()
    await page.wait_for_url(re.compile("/(wallets|markets)/$"))


# Refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (r"^\S+ wants", "evil.example wants", "for another site (evil.example)"),
        (r"URI: \S+", "URI: https://evil.example", "for another site (https://evil.example)"),
        (r"Chain ID: 1337", "Chain ID: 42161", "for another chain (42161 instead of 1337)"),
        (r"allows no transaction", "allows every transaction", "was changed before it came back"),
    ],
    ids=["domain", "uri", "chain", "statement"],
)
async def test_another_message_than_the_one_given_is_refused_though_its_signature_is_right(
    page, wallet, at, old, new, says
):
    def change(fields: dict[str, str]) -> dict[str, str]:
        message = re.sub(old, new, fields["message"])
        return {**fields, "message": message, "signature": wallet.sign(message)}

    await meddle(page, change)
    await sign(page, at("/account/wallet/sign-in/"))
    await said(page, says)
    await page.goto(at("/wallets/"))
    await page.wait_for_url(at("/account/login/?next=/wallets/"))


async def test_a_signature_by_another_account_is_refused_and_the_right_one_named(page, wallet, at):
    wallet.signs_with = BrowserWallet().key
    await sign(page, at("/account/wallet/sign-in/"))
    await said(page, f"another wallet than {wallet.key.address}")


async def test_an_answer_that_was_used_once_is_refused_the_second_time(page, wallet, at):
    answers: list[dict[str, str]] = []
    await meddle(page, lambda fields: answers.append(fields) or answers[0])
    await signed_in(page, at)
    await page.context.clear_cookies()
    await sign(page, at("/account/wallet/sign-in/"))
    await said(page, "was used before")
    assert len(answers) == 2


async def test_an_answer_is_refused_in_the_session_of_another_account(browser, page, wallet, at):
    """Bob's page is made to send what Alice's page was about to send."""
    await signed_in(page, at)
    stolen: list[dict[str, str]] = []

    def steal(fields: dict[str, str]) -> dict[str, str]:
        stolen.append(fields)
        return {**fields, "message": "nothing"}

    await meddle(page, steal)
    await page.get_by_role("button", name="Test Wallet").click()
    await said(page, "was changed before it came back")
    context = await browser.new_context()
    bob = BrowserWallet()
    await bob.install(context)
    other = await context.new_page()
    other.set_default_timeout(PATIENCE_MS)
    await signed_in(other, at)
    await meddle(other, lambda fields: stolen[0])
    await other.get_by_role("button", name="Test Wallet").click()
    await said(other, "for another account than the one that is signed in")
    await context.close()


# Linking, listing ---------------------------------------------------------------------------------


async def test_another_wallet_is_linked_and_unlinked_once_there_is_a_password(page, wallet, at):
    await signed_in(page, at)
    first, wallet.key = wallet.key, BrowserWallet().key
    wallet.signs_with = wallet.key
    await page.goto(at("/account/wallet/"))
    await expect(page.get_by_text("It is your only way in")).to_be_visible()
    await page.get_by_role("link", name="Use another wallet").click()
    await page.get_by_role("button", name="Test Wallet").click()
    await page.wait_for_url(at("/account/wallet/"))
    await expect(page.locator(".linked")).to_have_text(wallet.key.address)
    await page.get_by_role("link", name="Set a password").click()
    for field in await page.locator("input[type=password]").all():
        await field.fill("correct horse battery staple")
    await page.get_by_role("button", name="Set a password").click()
    await page.goto(at("/account/wallet/"))
    await page.get_by_role("button", name="Unlink it").click()
    if "/reauthenticate/" in page.url:
        await page.locator("input[type=password]").fill("correct horse battery staple")
        await page.locator("main button[type=submit]").first.click()
    await expect(page.get_by_text("No wallet signs you in")).to_be_visible()
    await page.goto(at("/wallets/"))
    await expect(page.locator(".wallet")).to_have_count(2)
    await expect(page.locator(".wallet-list")).to_contain_text(first.address)


async def test_a_watched_agent_is_explained_and_its_master_added_instead(page, wallet, at):
    await signed_in(page, at)
    await page.get_by_role("textbox", name="Address").fill(actors.AGENT)
    await page.get_by_role("button", name="See what it is and costs").click()
    await expect(page.locator("main")).to_contain_text("This is an API wallet")
    await page.get_by_role("link", name="Watch the account behind it").click()
    await page.get_by_role("button", name="Add to the list").click()
    await page.wait_for_url(at("/wallets/"))
    await expect(page.locator(".wallet")).to_have_count(2)
    await expect(page.locator(".wallet").nth(1)).to_contain_text(actors.TRADER)
    assert page.complaints == []


async def test_the_list_works_without_script(browser, page, wallet, at):
    await signed_in(page, at)
    context = await browser.new_context(
        java_script_enabled=False, storage_state=await page.context.storage_state()
    )
    plain = await context.new_page()
    plain.set_default_timeout(PATIENCE_MS)
    await plain.goto(at("/wallets/"))
    await expect(plain.get_by_text("Wallets need scripts")).to_be_visible()
    await plain.get_by_role("textbox", name="Address").fill(actors.UNIFIED)
    await plain.get_by_role("textbox", name="Label").fill("Unified")
    await plain.get_by_role("button", name="See what it is and costs").click()
    await plain.get_by_role("button", name="Add to the list").click()
    await plain.get_by_role("button", name="Move Unified up").click()
    first = plain.locator(".wallet").first
    await expect(first).to_contain_text("Unified")
    await first.locator("summary").click()
    await first.get_by_label("Label").fill("Pooled")
    await first.get_by_role("button", name="Save").click()
    await expect(plain.locator(".wallet").first).to_contain_text("Pooled")
    await first.locator("summary").click()
    await first.get_by_role("button", name="Remove from the list").click()
    await expect(plain.locator(".wallet")).to_have_count(1)
    await context.close()
