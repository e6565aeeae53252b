"""Somebody in a browser who signs up, signs in, and reads his mail."""

import hmac
import re
import time
from base64 import b32decode
from pathlib import Path

PASSWORD = "a phrase that nobody guesses"
STEP_S = 30


class Mailbox:
    """The folder into which the site under test puts its mail (``EMAIL_URL=filemail://…``)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def code(self, email: str) -> str:
        """The code in the newest mail to this address."""
        mails = [
            path.read_text() for path in sorted(self.folder.glob("*"), key=lambda path: path.stat().st_mtime_ns)
        ]
        ours = "\n".join(mail for mail in mails if f"To: {email}" in mail)
        return re.findall(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", ours, re.M)[-1]


async def sign_up(page, url: str, mailbox: Mailbox, email: str, is_shown_round: bool = False) -> None:
    """A new account with ``PASSWORD``, signed in; the first steps are left unless he is shown round."""
    await page.goto(f"{url}/account/signup/")
    await page.get_by_label("Email").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Create the account").click()
    await page.get_by_label("Code").fill(mailbox.code(email))
    await page.get_by_role("button", name="Confirm").click()
    await page.wait_for_url(f"{url}/welcome/")
    if is_shown_round:
        return
    await page.get_by_role("button", name="Skip all").click()
    await page.wait_for_url(f"{url}/markets/")


async def sign_in(page, url: str, login: str) -> None:
    """Name and password; what comes after is the test's."""
    await page.goto(f"{url}/account/login/")
    await page.get_by_label("Username or email").fill(login)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def sign_out(page) -> None:
    """By the menu."""
    await page.locator("[data-menu] summary").click()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("link", name="Sign in").wait_for()


async def confirm(page) -> None:
    """Answer "is it really you" with the password."""
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Confirm").click()


def totp(secret: str, later: int = 0) -> str:
    """What an authenticator app shows now, or so many steps later."""
    counter = int(time.time()) // STEP_S + later
    digest = hmac.digest(b32decode(secret), counter.to_bytes(8, "big"), "sha1")
    place = digest[-1] & 15  # RFC 4226 section 5.3
    return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 10**6:06}"


async def keep_passkeys(page) -> None:
    """The browser becomes a phone or laptop that keeps passkeys and knows its owner."""
    browser = await page.context.new_cdp_session(page)
    await browser.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await browser.send("WebAuthn.addVirtualAuthenticator", {"options": options})


async def send(page, **fields: str) -> None:
    """Fill the page's first form and send it, whatever the browser itself thinks of what is in it."""
    form = page.locator("main form:has(.actions, .farewell-act)").first
    await form.evaluate("form => form.noValidate = true")
    for name, value in fields.items():
        await form.locator(f"[name={name}]").fill(value)
    async with page.expect_navigation():
        await form.locator("button:not([type=button])").first.click()
