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


async def stranger(page, site) -> AsyncIterator[str]:
    """Nobody yet: sign-in, sign-up, a forgotten password, a wallet that is not there."""
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


async def with_password(page, site) -> AsyncIterator[str]:
    """Kim: settings, e-mail, password, an app with codes, sessions, data, and the end of her account."""
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
    await send(page, email="new@example.org")
    yield "email-prove"
    await page.goto(f"{site.url}/account/email/")
    yield "email-pending"
    await page.goto(f"{site.url}/account/password/change/")
    yield "password"
    await send(page, oldpassword="wrong", password1="short", password2="other")
    yield "password-refused"
    await page.goto(f"{site.url}/account/2fa/")
    yield "factors-none"
    await page.goto(f"{site.url}/account/2fa/totp/activate/")
    yield "app"
    await send(page, code="000000")
    yield "app-refused"
    secret = await page.locator("#authenticator_secret").input_value()
    await send(page, code=totp(secret))
    yield "recovery"
    for name, path in {"generate": "recovery-codes/generate", "factors": "", "app-off": "totp/deactivate"}.items():
        await page.goto(f"{site.url}/account/2fa/{path}{'/' if path else ''}")
        yield name
    for name in ("sessions", "tokens", "data", "wallet", "logout"):
        await page.goto(f"{site.url}/account/{name}/")
        yield name
    await page.goto(f"{site.url}/wallets/")
    yield "wallets-none"
    await sign_out(page)
    await sign_in(page, site.url, "kim@example.org")
    await page.wait_for_url("**/account/2fa/authenticate/")
    yield "second-step"
    await send(page, code="000000")
    yield "second-step-refused"
    await send(page, code=totp(secret, later=1))
    await page.goto(f"{site.url}/account/2fa/reauthenticate/?next=/account/")
    yield "app-again"
    await send(page, code="000000")
    yield "app-again-refused"
    await page.goto(f"{site.url}/account/data/")
    await send(page, username="somebody else")
    await confirmed(page, password=PASSWORD)
    yield "data-refused"
    await send(page, username="kim")
    yield "deleted"


async def with_passkey(page, site) -> AsyncIterator[str]:
    """Noa: an account made with a passkey alone."""
    await keep_passkeys(page)
    await page.goto(f"{site.url}/account/signup/passkey/")
    yield "passkey-sign-up"
    await send(page, email="nonsense")
    yield "passkey-sign-up-refused"
    await send(page, email="noa@example.org")
    await send(page, code=site.mailbox.code("noa@example.org"))
    yield "passkey-sign-up-make"
    await page.locator("[data-passkey]").click()
    await page.wait_for_url("**/markets/")
    keys = f"{site.url}/account/2fa/webauthn/"
    await page.goto(keys)
    yield "passkeys"
    await page.goto(f"{keys}add/")
    yield "passkey-again"
    await page.locator("[data-passkey]").click()
    await page.wait_for_url(f"{keys}add/")
    yield "passkey-add"
    for name in ("edit", "remove"):
        await page.goto(keys)
        await page.locator(f"main a[href$='/{name}/']").first.click()
        await page.wait_for_url(f"**/{name}/")
        yield f"passkey-{name}"
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


async def of_demo(page, site) -> AsyncIterator[str]:
    """The demonstration's trader with his wallets, and its admin with tokens."""
    await page.goto(f"{site.url}/account/login/")
    said = await page.locator(".demo-users code").text_content()
    await send(page, login="trader", password=said)
    await page.goto(f"{site.url}/wallets/")
    yield "wallets"
    await page.locator(".wallet-edit summary").first.click()
    await page.locator("[data-menu] summary").click()
    yield "wallets-change"
    await sign_out_here(page)
    await page.goto(f"{site.url}/account/login/")
    await send(page, login="admin", password=said)
    await page.goto(f"{site.url}/account/tokens/")
    yield "tokens-none"
    await send(page, name="")
    await confirmed(page, password=said)
    yield "tokens-refused"
    await send(page, name="My bot, which reads")
    yield "token-made"
    await page.goto(f"{site.url}/account/tokens/")
    yield "tokens-made"


async def confirmed(page, **proof: str) -> None:
    """Confirm who it is if that is asked for; what was sent before is then obeyed."""
    if "/reauthenticate/" in page.url:
        await send(page, **proof)


async def sign_out_here(page) -> None:
    """By the menu that is open."""
    async with page.expect_navigation():
        await page.locator("[data-menu] form button").click()


CHAPTERS: dict[str, Chapter] = {
    "stranger": stranger,
    "password": with_password,
    "passkey": with_passkey,
    "wallet": with_wallet,
    "demo": of_demo,
}
