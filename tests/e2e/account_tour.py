"""Walks through every page about accounts, in each state that it can have: empty, refused, full.

A chapter is somebody at a browser. It yields a name whenever there is something to look at.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any

from exchange.simulator import cast as actors
from tests.e2e.browser_wallet import BrowserWallet
from tests.e2e.people import PASSWORD, confirm, keep_passkeys, send, sign_in, sign_out, sign_up, totp

Chapter = Callable[[Any, Any], AsyncIterator[str]]
TOO_OFTEN = 6


def chapter(*parts: Chapter) -> Chapter:
    """One after the other, in the same browser."""

    async def whole(page, site) -> AsyncIterator[str]:
        for part in parts:
            async for name in part(page, site):
                yield name

    return whole


async def newcomer(page, site) -> AsyncIterator[str]:
    """Sue, who looks at the sign-in and then signs up."""
    await page.goto(f"{site.url}/account/login/")
    yield "sign-in"
    await send(page, login="trader", password="wrong")
    yield "sign-in-refused"
    await page.goto(f"{site.url}/account/signup/")
    yield "sign-up"
    await send(page, email="nonsense", password1="short")
    yield "sign-up-refused"
    await send(page, email="sue@example.org", password1=PASSWORD)
    yield "prove-email"
    await send(page, code="WRONG1")
    yield "prove-email-refused"
    await send(page, code=site.mailbox.code("sue@example.org"))
    await sign_out(page)


async def forgetful(page, site) -> AsyncIterator[str]:
    """Sue, who has forgotten her password."""
    await page.goto(f"{site.url}/account/password/reset/")
    yield "reset"
    await send(page, email="nonsense")
    yield "reset-refused"
    await send(page, email="sue@example.org")
    yield "reset-code"
    await send(page, code="WRONG1")
    yield "reset-code-refused"
    await send(page, code=site.mailbox.code("sue@example.org"))
    yield "reset-new"
    await send(page, password1="short", password2="other")
    yield "reset-new-refused"


async def turned_away(page, site) -> AsyncIterator[str]:
    """Somebody without a wallet, disabled, too often here, without cookies."""
    for name, path in {"reset-done": "password/reset/done", "inactive": "inactive"}.items():
        await page.goto(f"{site.url}/account/{path}/")
        yield name
    await page.goto(f"{site.url}/account/wallet/sign-in/")
    await page.locator("[data-none]").wait_for()
    yield "wallet-none"
    for _ in range(TOO_OFTEN):
        await page.goto(f"{site.url}/account/password/reset/")
        await send(page, email="too@example.org")
    yield "429"
    await page.goto(f"{site.url}/account/login/")
    await page.context.clear_cookies()
    await send(page, login="trader", password="wrong")
    yield "403"


async def settling(page, site) -> AsyncIterator[str]:
    """Kim: settings, email, password."""
    await sign_up(page, site.url, site.mailbox, "kim@example.org")
    await page.goto(f"{site.url}/account/")
    yield "settings"
    await send(page, username="admin", timezone="Mars/Base")
    yield "settings-refused"
    await page.goto(f"{site.url}/account/email/")
    yield "email"
    await send(page, email="new@example.org")
    yield "reauthenticate"
    await send(page, password="wrong")
    yield "reauthenticate-refused"
    await confirm(page)
    await page.goto(f"{site.url}/account/email/")
    await send(page, email="nonsense")
    yield "email-refused"
    await page.goto(f"{site.url}/account/password/change/")
    yield "password"
    await send(page, oldpassword="wrong", password1="short", password2="other")
    yield "password-refused"


async def with_app(page, site) -> AsyncIterator[str]:
    """Kim sets up an app with codes, signs in with it, and confirms by it."""
    factors = f"{site.url}/account/2fa/"
    await page.goto(factors)
    yield "factors-none"
    await page.goto(f"{factors}totp/activate/")
    yield "app"
    await send(page, code="000000")
    yield "app-refused"
    secret = await page.locator("#authenticator_secret").input_value()
    await send(page, code=totp(secret))
    yield "recovery"
    for name, path in {
        "factors": "",
        "generate": "recovery-codes/generate/",
        "app-off": "totp/deactivate/",
    }.items():
        await page.goto(factors + path)
        yield name
    await sign_out(page)
    await sign_in(page, site.url, "kim@example.org")
    await page.wait_for_url(f"{factors}authenticate/")
    yield "second-step"
    await send(page, code="000000")
    yield "second-step-refused"
    await send(page, code=totp(secret, later=1))
    await page.goto(f"{factors}reauthenticate/?next=/account/")
    yield "app-again"
    await send(page, code="000000")
    yield "app-again-refused"


async def leaving(page, site) -> AsyncIterator[str]:
    """Kim looks at everything else, and deletes her account."""
    await page.goto(f"{site.url}/wallets/")
    yield "wallets-none"
    for name in ("sessions", "tokens", "wallet", "logout", "data"):
        await page.goto(f"{site.url}/account/{name}/")
        yield name
    await send(page, username="somebody else")
    await confirmed(page, password=PASSWORD)
    yield "data-refused"
    await send(page, username="kim")
    yield "deleted"


async def by_passkey(page, site) -> AsyncIterator[str]:
    """Noa makes an account with a passkey alone."""
    await keep_passkeys(page)
    await page.goto(f"{site.url}/account/signup/passkey/")
    yield "sign-up"
    await send(page, email="nonsense")
    yield "sign-up-refused"
    await send(page, email="noa@example.org")
    await send(page, code=site.mailbox.code("noa@example.org"))
    yield "make"
    await page.locator("[data-passkey]").click()
    await page.wait_for_url("**/welcome/")


async def with_passkey(page, site) -> AsyncIterator[str]:
    """Noa looks after her passkeys."""
    keys = f"{site.url}/account/2fa/webauthn/"
    await page.goto(keys)
    yield "list"
    await page.goto(f"{keys}add/")
    yield "again"
    await page.locator("[data-passkey]").click()
    await page.wait_for_url(f"{keys}add/")
    yield "add"
    for name in ("edit", "remove"):
        await page.goto(keys)
        await page.locator(f"main a[href$='/{name}/']").first.click()
        await page.wait_for_url(f"**/{name}/")
        yield name
    await page.goto(f"{site.url}/account/password/set/")
    yield "password-set"
    await send(page, password1="short", password2="other")
    yield "password-set-refused"


async def with_wallet(page, site) -> AsyncIterator[str]:
    """Somebody who has nothing but a wallet."""
    wallet = BrowserWallet()
    await wallet.install(page.context)
    await page.goto(f"{site.url}/account/wallet/sign-in/")
    wallet.declines.add("personal_sign")
    offered = page.locator("[data-providers] button")
    await offered.wait_for()
    yield "wallet-sign-in"
    await offered.click()
    await page.locator("[data-wallet]:not([aria-busy=true]) [data-said]:not(:empty)").wait_for()
    yield "wallet-declined"
    wallet.declines.clear()
    await offered.click()
    await page.wait_for_url("**/wallets/")
    yield "wallets-own"
    await page.goto(f"{site.url}/account/wallet/")
    yield "wallet-only-way"
    await page.goto(f"{site.url}/account/wallet/link/")
    yield "wallet-link"
    await page.goto(f"{site.url}/account/wallet/confirm/")
    yield "wallet-confirm"
    for name, address in {
        "wallets-refused": "0x123",
        "wallet-agent": actors.AGENT,
        "wallet-add": actors.TRADER,
        "wallet-missing": actors.MISSING,
    }.items():
        await page.goto(f"{site.url}/wallets/add/?address={address}&label=Somebody")
        yield name


async def demo_trader(page, site) -> AsyncIterator[str]:
    """The demo's trader with his wallets."""
    await demo_sign_in(page, site, "trader")
    await page.goto(f"{site.url}/account/email/")
    yield "email-none"
    await send(page, email="trader@example.org")
    await confirmed(page, password=site.demo_password)
    yield "email-prove"
    await page.goto(f"{site.url}/wallets/")
    yield "wallets"
    await page.locator(".wallet-edit summary").first.click()
    await page.locator("[data-menu] summary").click()
    yield "wallets-change"
    async with page.expect_navigation():
        await page.locator("[data-menu] form button").click()


async def demo_admin(page, site) -> AsyncIterator[str]:
    """The demo's admin with tokens."""
    await demo_sign_in(page, site, "admin")
    await page.goto(f"{site.url}/account/tokens/")
    yield "tokens-none"
    await send(page, name="")
    await confirmed(page, password=site.demo_password)
    yield "tokens-refused"
    await send(page, name="My bot, which reads")
    yield "token-made"
    await page.goto(f"{site.url}/account/tokens/")
    yield "tokens-made"


async def demo_sign_in(page, site, name: str) -> None:
    """With the password that the sign-in page says."""
    await page.goto(f"{site.url}/account/login/")
    site.demo_password = await page.locator(".demo-users code").text_content()
    await send(page, login=name, password=site.demo_password)


async def confirmed(page, **proof: str) -> None:
    """Confirm who it is if that is asked for; what was sent before is then obeyed."""
    if "/reauthenticate/" in page.url:
        await send(page, **proof)


CHAPTERS: dict[str, Chapter] = {
    "stranger": chapter(newcomer, forgetful, turned_away),
    "password": chapter(settling, with_app, leaving),
    "passkey": chapter(by_passkey, with_passkey),
    "wallet": with_wallet,
    "demo": chapter(demo_trader, demo_admin),
}
