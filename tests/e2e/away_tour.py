"""Walks through pages while something is away: what broke, the network, the exchange, all data.

Chapters as in ``account_tour``. After each of them the site is as it was.
"""

import asyncio
import os
from collections.abc import AsyncIterator

from tests.e2e.account_tour import Chapter, demo_sign_in
from tests.e2e.looking import ALL_STALE, CONTROLLED, LIVE, until, visit
from tests.e2e.site_tour import MAIN, VISITED, walk

STALE = {
    "start": "/",
    "markets": "/markets/",
    "btc": "/markets/BTC/",
    "portfolio": "/portfolio/",
    "alerts": "/alerts/",
    "status": "/status/",
}
STALE_MS = 120_000
"""Some figures count as good for a minute after the exchange fell silent."""


async def broken(page, site) -> AsyncIterator[str]:
    """Pages that cannot be asked for: the site is made to answer with them."""
    for name, body in await asyncio.to_thread(bare_pages):
        await page.route(f"**/{name}/", answer_with(body))
        await page.goto(f"{site.url}/{name}/")
        yield name


def bare_pages() -> list[tuple[str, str]]:
    """What the site says when something in it broke, and when the database is away."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    django.setup()
    from django.test import RequestFactory

    from dashboard.pages.errors import bare

    asked = RequestFactory().get("/")
    return [(str(code), bare(asked, f"{code}.html", code).content.decode()) for code in (500, 503)]


def answer_with(body: str):
    """A handler of Playwright's ``route``."""
    return lambda route: route.fulfill(status=200, body=body, content_type="text/html")


async def offline(page, site) -> AsyncIterator[str]:
    """The network fails: pages as they were last, and one that was not kept; the browser has the worker."""
    await visit(page, site.url)
    await until(page, CONTROLLED)
    for path in ("/markets/", "/glossary/"):
        await visit(page, site.url + path)
        await page.wait_for_timeout(1_000)  # it is kept in the background
    await page.context.set_offline(True)
    async for name in walk(page, site, {"markets": "/markets/", "glossary": "/glossary/", "nothing": "/status/"}):
        yield name
    await page.context.set_offline(False)


async def outage(page, site) -> AsyncIterator[str]:
    """The exchange falls silent, and is back."""
    await demo_sign_in(page, site, "trader")
    await visit(page, f"{site.url}/markets/BTC/")
    site.exchange.stop()
    await page.wait_for_function(ALL_STALE, timeout=STALE_MS)
    async for name in walk(page, site, STALE):
        yield name
    site.exchange.start()
    await page.goto(f"{site.url}/markets/")
    await page.wait_for_function(LIVE, timeout=STALE_MS)


async def waiting(page, site) -> AsyncIterator[str]:
    """The site has started and has heard nothing yet."""
    site.exchange.stop()
    await asyncio.to_thread(site.site.stop)
    site.site.start()
    await until_it_answers(page, site.url)
    async for name in walk(
        page, site, {name: VISITED[name] for name in ("start", "markets", "btc", "search-found")}
    ):
        yield name
    await demo_sign_in(page, site, "trader")
    async for name in walk(page, site, {"portfolio": "/portfolio/", "wallet": MAIN, "alerts": "/alerts/"}):
        yield name
    site.exchange.start()
    await asyncio.to_thread(site.wait_for_markets)


async def until_it_answers(page, url: str) -> None:
    """Wait until somebody listens."""
    for _ in range(240):
        try:
            await page.goto(url)
            return
        except Exception:  # nobody listens yet
            await page.wait_for_timeout(250)
    raise TimeoutError(url)


AWAY_CHAPTERS: dict[str, Chapter] = {
    "broken": broken,
    "offline": offline,
    "outage": outage,
    "waiting": waiting,
}
