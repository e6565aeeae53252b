"""The exchange goes away, the site goes away: pages say so in time, and heal without a reload."""

import asyncio

import pytest

from dashboard.pages.freshness import alarm
from tests.browser import opened
from tests.e2e.looking import ALL_STALE, LIVE, POLLING_MS, stale_streams, text_changes, until, visit

ALARM = "(words) => document.querySelector('[data-alarm]').textContent.includes(words)"
SINCE = r"() => /since \d\d:\d\d:\d\d UTC/.test(document.querySelector('[data-alarm]').textContent)"


@pytest.fixture
def paths() -> list[str]:
    return ["/markets/", "/markets/BTC/", "/"]


async def kept(page) -> bool:
    """Whether it is still the document that was marked."""
    return await page.evaluate("window.isTheSame === true")


async def mark_document(page) -> None:
    await page.evaluate("window.isTheSame = true")


@pytest.mark.timeout(360)
async def test_without_the_exchange_every_cell_goes_stale_and_heals_when_it_is_back(browser, site, paths):
    async with opened(browser) as table, opened(browser) as market, opened(browser) as start:
        pages = dict(zip(paths, (table, market, start), strict=True))
        for path, page in pages.items():
            await visit(page, site.url + path)
            await mark_document(page)
            assert not any((await stale_streams(page)).values())
        site.exchange.stop()
        for page in pages.values():
            await until(page, ALARM, "Reconnecting to the exchange")
            await until(page, SINCE)
            assert await page.get_attribute("[data-pulse]", "data-state") == "reconnecting"
        for page in pages.values():  # contexts may be up to 45 s old, spot figures 60 s
            await page.wait_for_function(ALL_STALE, timeout=120_000, polling=POLLING_MS)
        async with opened(browser, java_script_enabled=False) as late:
            await late.goto(f"{site.url}/markets/")
            assert "Reconnecting to the exchange" in await late.text_content("[data-alarm]")
            assert all((await stale_streams(late)).values())
        site.exchange.start()
        for path, page in pages.items():
            await page.wait_for_function(LIVE, timeout=120_000, polling=POLLING_MS)
            assert not any((await stale_streams(page)).values()), path
            assert await page.text_content("[data-alarm]") == ""
            assert await kept(page)
            assert page.complaints == []
        await text_changes(table, 'tr[data-coin="BTC"] td.c-mark')
        await text_changes(market, ".price .mark")


@pytest.mark.timeout(240)
async def test_pages_come_back_by_themselves_after_the_site_was_killed(browser, site):
    async with opened(browser) as table, opened(browser) as market:
        await visit(table, f"{site.url}/markets/?sort=name")
        await visit(market, f"{site.url}/markets/BTC/")
        for page in (table, market):
            await mark_document(page)
        site.site.kill()
        for page in (table, market):
            await until(page, ALARM, "Reconnecting to the dashboard since")
            assert await page.get_attribute("[data-pulse]", "data-state") == "reconnecting"
        for page in (table, market):
            await page.wait_for_function(ALL_STALE, timeout=120_000, polling=POLLING_MS)
        site.site.start()
        for page in (table, market):
            await page.wait_for_function(LIVE, timeout=120_000, polling=POLLING_MS)
            assert await kept(page)
        await text_changes(table, 'tr[data-coin="BTC"] td.c-mark')
        for selector in (".price .mark", "[data-side=bids]", "[data-tape] tbody"):
            await text_changes(market, selector)


CLOSES = """
  window.closes = [];
  window.WebSocket = class extends WebSocket {
    constructor(...words) {
      super(...words);
      this.addEventListener("close", ({ code, reason }) => window.closes.push([code, reason]));
    }
  };
"""


@pytest.mark.timeout(240)
async def test_a_page_is_told_that_the_site_restarts_and_over_how_long_to_spread_and_comes_back_by_itself(
    browser, site
):
    async with opened(browser) as page:
        await page.add_init_script(CLOSES)
        await visit(page, f"{site.url}/markets/BTC/")
        await mark_document(page)
        await asyncio.to_thread(site.site.stop)
        await until(page, ALARM, "Reconnecting to the dashboard since")
        assert await page.evaluate("closes[0]") == [1012, "restarting, come back: spread_ms=1000"]
        site.site.start()
        await page.wait_for_function(LIVE, timeout=120_000, polling=POLLING_MS)
        assert await kept(page)
        await text_changes(page, ".price .mark")


SAYS = """async ([rows, age, hasNumbers, streams]) => {
  const { name } = performance.getEntriesByType("resource").find(({ name }) => /\\/js\\/ages/.test(name));
  const { Ages } = await import(name);
  const ages = new Ages();
  ages.hasNumbers = hasNumbers;
  ages.hear(rows, age);
  return ages.verdict(streams, null).alarm;
}"""


async def test_a_script_says_of_each_state_what_the_first_paint_says(page, site):
    await visit(page, f"{site.url}/glossary/")
    now = 1_800_000_000_000
    heard = {"state": "live", "last_received": now, "limit_ms": 5_000}
    old, never = {**heard, "last_received": now - 9_000}, {**heard, "last_received": None}
    seen = set()
    for age, has_numbers, is_connected, prices in (
        (None, False, True, None),
        (9_000, True, True, heard),
        (0, False, False, None),
        (0, False, False, never),
        (0, True, False, never),
        (0, False, True, never),
        (0, True, True, never),
        (0, False, True, old),
        (0, True, True, heard),
    ):
        feed = {"now": now, "connected": is_connected, "since": now - 60_000}
        streams = {"prices": prices} if prices else {}
        came = has_numbers or bool(prices and prices["last_received"])
        first = alarm({"age": age, "feed": feed, "streams": streams}, ("prices",), came)
        rows = {} if age is None else {**streams, "feed": feed}
        assert await page.evaluate(SAYS, [rows, age, has_numbers, ["prices"]]) == first
        seen.add(first)
    assert len(seen) == 7
