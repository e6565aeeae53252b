"""Walks through every page about markets, wallets, history and alerts, in each state that it can have.

Chapters as in ``account_tour``: somebody at a browser who stops wherever there is something to look at.
"""

from collections.abc import AsyncIterator

from exchange.simulator import cast
from tests.e2e.account_tour import Chapter, demo_sign_in
from tests.e2e.looking import LEDGER_ROW, rows_come, until, visit
from tests.e2e.people import sign_up

VISITED = {
    "start": "/",
    "markets": "/markets/",
    "markets-nothing-fits": "/markets/?q=zzzz&sort=nonsense",
    "btc": "/markets/BTC/",
    "spot": "/markets/@107/",
    "builder": "/markets/xyz:GOLD/",
    "delisted": "/markets/MATIC/",
    "unknown": "/markets/ETHH/",
    "status": "/status/",
    "search": "/search/",
    "search-found": "/search/?q=bt",
    "search-nothing": "/search/?q=zzzz",
    "glossary": "/glossary/",
    "glossary-term": "/glossary/#premium",
    "api": "/api/v1/docs",
    "404": "/nothing/",
}
HISTORY = {
    "results": "/history/",
    "trips": "/history/trips/",
    "fills": "/history/fills/",
    "funding": "/history/funding/",
    "flows": "/history/flows/",
    "orders": "/history/orders/",
    "export": "/history/export/",
    "large-trades": "/trades/large/",
}
ALERTS = {
    "alerts": "/alerts/",
    "alert-new": "/alerts/new/?coin=BTC&threshold=90000",
    "alerts-fired": "/alerts/history/",
    "alerts-move": "/alerts/move/",
    "destinations": "/alerts/destinations/",
    "destination-webhook": "/alerts/destinations/add/webhook/",
}
PRINTED = ("results", "trips", "fills")
MAIN = f"/wallets/{cast.TRADER}/"


async def walk(page, site, paths: dict[str, str]) -> AsyncIterator[str]:
    """One page after the other, each once it is live or has said why not."""
    for name, path in paths.items():
        await page.goto(site.url + path)
        await page.wait_for_timeout(2_000)
        yield name


async def visitor(page, site) -> AsyncIterator[str]:
    """Somebody without an account."""
    async for name in walk(page, site, VISITED):
        yield name
    await visit(page, site.url)
    await page.keyboard.press("?")
    yield "keys"
    await visit(page, f"{site.url}/markets/BTC/")
    await page.keyboard.press("/")
    await page.keyboard.type("et")
    await page.get_by_role("option").first.wait_for()
    yield "suggestions"


async def newcomer(page, site) -> AsyncIterator[str]:
    """Eve, who is led through her first steps and has nothing yet."""
    await sign_up(page, site.url, site.mailbox, "eve@example.org", is_shown_round=True)
    yield "welcome-wallet"
    await page.get_by_label("Address").fill("0x123")
    await page.get_by_role("button", name="Follow it").click()
    yield "welcome-wallet-refused"
    await page.get_by_role("button", name="Skip this step").click()
    await page.get_by_role("heading", name="Choose your markets").wait_for()
    yield "welcome-markets"
    await page.get_by_role("button", name="Skip this step").click()
    await page.get_by_role("heading", name="One alert").wait_for()
    yield "welcome-alert"
    await page.get_by_role("button", name="Skip this step").click()
    await page.wait_for_url("**/markets/**")
    nothing = {"favourites": "/markets/?kind=favourites", "portfolio": "/portfolio/", "not-yours": MAIN}
    async for name in walk(page, site, {**nothing, **ALERTS, **HISTORY, "wallets": "/wallets/"}):
        yield name


async def trader(page, site) -> AsyncIterator[str]:
    """The demo's trader, whose six wallets have a past."""
    await demo_sign_in(page, site, "trader")
    await rows_come(page, f"{site.url}/history/fills/", 40)
    await rows_come(page, f"{site.url}/history/trips/", 2)
    trip = await page.locator(f"{LEDGER_ROW} .c-coin a").first.get_attribute("href")
    wallets = {"wallet": MAIN, "unified": f"/wallets/{cast.UNIFIED}/", "bridge": f"{MAIN}bridge/"}
    past = {"wallet-past": f"{MAIN}?at=2026-01-05T10:00", "wallet-pnl": f"{MAIN}?curve=pnl"}
    paths = {"portfolio": "/portfolio/", **wallets, **past, **HISTORY, "trip": trip, "403": "/admin/"}
    async for name in walk(page, site, paths):
        yield name
    async for name in watching(page, site):
        yield name


async def watching(page, site) -> AsyncIterator[str]:
    """His alerts: listed, one of them, one that has fired, being changed, being deleted, told in a corner."""
    await page.goto(f"{site.url}/alerts/new/?metric=mark&coin=BTC&threshold=1")
    await page.get_by_label("Also if it is so already").check()
    await page.get_by_role("button", name="Make the alert").click()
    await page.wait_for_url(lambda url: url.rstrip("/").rpartition("/")[2].isdigit())
    await until(page, "() => document.querySelector('[data-part=state] .state-fired')")
    yield "alert-fired"
    fired = page.url.removeprefix(site.url)
    async for name in walk(page, site, {"alert-edit": f"{fired}edit/", **ALERTS, "btc": "/markets/BTC/"}):
        yield name
    await page.goto(f"{site.url}/alerts/new/?coin=BTC&threshold=lots")
    await page.locator(".more summary").click()
    await page.get_by_role("button", name="Make the alert").click()
    await page.locator("#id_threshold_error").wait_for()
    yield "alert-refused"


async def printed(page, site) -> AsyncIterator[str]:
    """History on paper."""
    await demo_sign_in(page, site, "trader")
    await rows_come(page, f"{site.url}/history/trips/", 2)
    await page.emulate_media(media="print")
    async for name in walk(page, site, {name: HISTORY[name] for name in PRINTED}):
        yield name


async def admin(page, site) -> AsyncIterator[str]:
    """Whoever runs the site."""
    await demo_sign_in(page, site, "admin")
    paths = {"overview": "/admin/", "users": "/admin/accounts/user/", "user": "/admin/accounts/user/1/change/"}
    async for name in walk(page, site, {**paths, "styleguide": "/styleguide/", "status": "/status/"}):
        yield name


SITE_CHAPTERS: dict[str, Chapter] = {
    "visitor": visitor,
    "newcomer": newcomer,
    "trader": trader,
    "printed": printed,
    "admin": admin,
}
