"""The table of markets in a real browser: it moves, obeys, remembers, and never shifts."""

import json
import re
from urllib.parse import parse_qsl

import pytest

from dashboard.pages.markets_query import Query
from tests.browser import opened
from tests.e2e.looking import COUNT_SHIFTS, coins, text_changes, until, visit
from tests.e2e.running import ROOT

CLICK_AND_READ = """([heading, cells]) => {
  document.querySelector(heading)?.click();
  return [...document.querySelectorAll(cells)].map((cell) => cell.textContent);
}"""


async def values(page, column: str, click: str = "") -> list[float]:
    """The column's numbers, as they stand right after a click on the heading ``click``."""
    heading = f"th[data-column={click}] a" if click else "no-element"
    texts = await page.evaluate(CLICK_AND_READ, [heading, f"[data-rows] tr .c-{column}"])
    units = {"K": 1e3, "M": 1e6, "B": 1e9, "": 1}
    found = [re.fullmatch(r"([+−]?)\$?([\d,.]+)([KMB]?)%?", text) for text in texts if text != "—"]
    return [(-1 if m[1] == "−" else 1) * float(m[2].replace(",", "")) * units[m[3]] for m in found]


async def open_table(page, site, query: str = "") -> None:
    """The table once its own rows have come: before that, links and forms go to the server."""
    await visit(page, f"{site.url}/markets/{query}")
    await text_changes(page, 'tr[data-coin="BTC"] td.c-mark')


async def test_prices_move_in_place_and_nothing_shifts(page, site):
    await page.add_init_script(f"({COUNT_SHIFTS})()")
    await open_table(page, site)
    order = await coins(page)
    for coin in ("BTC", "ETH", "SOL"):
        await text_changes(page, f'tr[data-coin="{coin}"] td.c-mark')
    await text_changes(page, "[data-countdown]")
    await page.wait_for_timeout(3_000)
    assert await coins(page) == order, "rows changed places by themselves"
    assert await page.evaluate("window.shifted") == []


async def test_a_heading_sorts_again_turns_it_round_and_a_reload_keeps_it(page, site):
    await open_table(page, site)
    marks = await values(page, "mark", click="mark")
    assert marks == sorted(marks, reverse=True)
    marks = await values(page, "mark", click="mark")
    assert marks == sorted(marks)
    assert await page.locator("th[data-column=mark]").get_attribute("aria-sort") == "ascending"
    assert "sort=mark&dir=asc" in page.url
    order = await coins(page)
    await page.reload()
    assert (await coins(page))[-3:] == order[-3:]
    assert await page.locator("th[data-column=mark]").get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize("column", ["change", "volume", "oi", "funding", "apr", "premium"])
async def test_every_column_sorts_by_its_numbers(page, site, column):
    await open_table(page, site, "?sort=name")
    shown = await values(page, column, click=column)
    assert len(shown) > 5
    assert shown == sorted(shown, reverse=True)


CUT_OFF = """() => [...document.querySelectorAll('[data-rows] td.num')]
  .filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)"""


async def test_a_phone_shows_the_column_that_is_sorted_by_and_cuts_no_number(page, site):
    await page.set_viewport_size({"width": 390, "height": 844})
    for column in ("mark", "change", "volume", "oi", "funding", "apr", "premium"):
        await page.goto(f"{site.url}/markets/?sort={column}")
        assert await page.locator(f"[data-rows] tr .c-{column}").first.is_visible()
        assert await page.evaluate(CUT_OFF) == []


async def test_the_order_is_made_anew_when_somebody_asks(page, site):
    await open_table(page, site, "?sort=volume")
    order = await coins(page)
    await page.evaluate("() => { const body = document.querySelector('[data-rows]'); body.append(body.rows[0]); }")
    await page.locator("[data-resort]:enabled").click()
    assert (await coins(page))[0] == order[0]
    assert await page.locator("[data-resort]").is_disabled()


async def test_search_narrows_as_one_types_and_survives_a_reload(page, site):
    await open_table(page, site)
    await page.keyboard.press("/")
    await page.keyboard.type("gold")
    assert set(await coins(page)) == {"xyz:GOLD", "flx:GOLD"}
    assert await page.text_content("[data-count]") == "2"
    await page.reload()
    assert set(await coins(page)) == {"xyz:GOLD", "flx:GOLD"}
    await page.fill("input[name=q]", "no such thing")
    assert await page.locator("[data-empty]").is_visible()
    assert await coins(page) == []


async def test_dex_and_category_filter_and_survive_a_reload(page, site):
    await open_table(page, site)
    await page.select_option("select[name=dex]", "xyz")
    chosen = await coins(page)
    assert len(chosen) > 2
    assert all(coin.startswith("xyz:") for coin in chosen)
    await page.select_option("select[name=category]", "commodities")
    await until(page, "() => document.querySelectorAll('[data-rows] tr').length < 4")
    filtered = set(await coins(page))
    assert "xyz:GOLD" in filtered
    assert filtered < set(chosen)
    await page.reload()
    assert set(await coins(page)) == filtered
    await page.click(".kinds a[data-kind=spot]")
    assert all("@" in coin or "/" in coin for coin in await coins(page))
    assert "kind=spot" in page.url


async def test_favourites_are_kept_over_pages_and_reloads(page, site):
    await open_table(page, site)
    for coin in ("@107", "xyz:GOLD"):
        await page.click(f'tr[data-coin="{coin}"] button')
    await page.click(".kinds a[data-kind=favourites]")
    assert set(await coins(page)) == {"@107", "xyz:GOLD"}
    await page.reload()
    assert set(await coins(page)) == {"@107", "xyz:GOLD"}
    await visit(page, f"{site.url}/markets/@107/")
    assert await page.get_attribute(".star", "aria-pressed") == "true"
    await page.click(".star")
    await visit(page, f"{site.url}/markets/?kind=favourites")
    assert await coins(page) == ["xyz:GOLD"]
    await page.click('tr[data-coin="xyz:GOLD"] button')
    await page.get_by_text("The star beside a market's name makes it one.").wait_for()


async def test_delisted_markets_come_when_asked_for(page, site):
    await open_table(page, site)
    assert "MATIC" not in await coins(page)
    await page.check("input[name=delisted]")
    assert "MATIC" in await coins(page)
    assert "delisted=1" in page.url


async def test_a_keyboard_is_enough(page, site):
    await open_table(page, site)
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("/")
    await page.keyboard.type("eth")
    assert "ETH" in await coins(page)
    await tab_to(page, "th[data-column=mark] a")
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid", "the focus cannot be seen"
    await page.keyboard.press("Enter")
    assert "sort=mark" in page.url
    await tab_to(page, 'tr[data-coin="ETH"] a')
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/markets/ETH/")
    await page.keyboard.press("/")
    await page.keyboard.type("sol")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/search/?q=sol")
    await page.locator("main a[href='/markets/SOL/']").wait_for()


async def tab_to(page, selector: str) -> None:
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached with the tab key")


async def test_enter_in_the_search_opens_what_was_found(page, site):
    await open_table(page, site)
    await page.fill("input[name=q]", "hype/")
    await until(page, "() => document.querySelectorAll('[data-rows] tr').length === 1")
    await page.press("input[name=q]", "Enter")
    await page.wait_for_url("**/markets/@107/")


async def test_without_script_the_table_shows_numbers_and_their_time_and_everything_works(browser, site):
    async with opened(browser, java_script_enabled=False) as page:
        await page.goto(f"{site.url}/markets/")
        assert re.search(r"snapshot of \d\d:\d\d:\d\d UTC", await page.text_content(".head"))
        assert re.fullmatch(r"\s*Snapshot \d\d:\d\d:\d\d UTC\s*", await page.text_content("[data-pulse]"))
        assert len(await values(page, "mark")) > 10
        await page.click("th[data-column=name] a")
        labels = await page.locator("[data-rows] th a").all_text_contents()
        assert labels == sorted(labels)
        await page.fill("input[name=q]", "btc")
        await page.click("text=Apply")
        assert all("btc" in label.lower() for label in await page.locator("[data-rows] th a").all_text_contents())
        await page.click('tr[data-coin="BTC"] button')
        assert await page.get_attribute('tr[data-coin="BTC"] button', "aria-pressed") == "true"
        await page.click('tr[data-coin="BTC"] a')
        assert page.url == f"{site.url}/markets/BTC/"


QUERIES = [
    *("", "q=e", "q= Gold ", "kind=spot&sort=mark", "kind=perps&dir=asc", "kind=builders", "kind=favourites"),
    *("dex=xyz", "dex=first&sort=change", "category=stocks", "sort=premium&dir=asc", "sort=oi&delisted=1"),
    *("sort=name&dir=desc", "sort=nonsense&dir=up&kind=x&delisted=2", "sort=constructor", "q=%00&dex=%20"),
]


ROWS = """(url) => new Promise((done) => {
  const socket = new WebSocket(url);
  socket.onopen = () => socket.send(JSON.stringify({ join: ['markets'] }));
  socket.onmessage = ({ data }) => {
    const { rows } = JSON.parse(data);
    if (rows) done(Object.values(rows));
  };
})"""
CHOSEN = """async ([module, rows, queries, starred]) => {
  const { parse, select } = await import(module);
  return queries.map((query) => select(parse(query), rows, new Set(starred)).map((row) => row.coin));
}"""


async def test_the_browser_follows_the_servers_rules(page, site):
    """markets_query.js and markets_query.py choose the same rows in the same order, on equal rows."""
    await open_table(page, site)
    rows = await page.evaluate(ROWS, f"{site.url.replace('http', 'ws')}/ws")
    module = json.loads((ROOT / "staticfiles/staticfiles.json").read_text())["paths"]["js/markets_query.js"]
    starred = ["ETH", "@107"]
    there = await page.evaluate(CHOSEN, [f"/static/{module}", rows, QUERIES, starred])
    here = [Query.of(dict(parse_qsl(query))).select(rows, set(starred)) for query in QUERIES]
    assert [[row["coin"] for row in chosen] for chosen in here] == there
    assert sum(map(len, there)) > 100


COUNT_MOVES = """() => {
  window.moves = 0;
  const animate = Element.prototype.animate;
  Element.prototype.animate = function (...given) {
    window.moves += 1;
    return animate.apply(this, given);
  };
}"""
MARKS_MOVED = """() => {
  const marks = [...document.querySelectorAll('td.c-mark')].slice(0, 10).map((cell) => cell.textContent);
  window.seen ??= new Set();
  return window.seen.add(marks.join()).size > 3;
}"""
SLIDING = """() => {
  document.body.style.transition = "opacity 5s";
  document.body.style.opacity = "0.9";
  return getComputedStyle(document.body).transitionDuration;
}"""


async def test_nothing_moves_for_who_wants_no_motion_and_a_mark_flashes_for_others(browser, site):
    for wish, is_still in (("reduce", True), ("no-preference", False)):
        async with opened(browser, reduced_motion=wish) as page:
            await page.add_init_script(f"({COUNT_MOVES})()")
            await open_table(page, site)
            await until(page, MARKS_MOVED)
            if is_still:
                assert await page.evaluate("window.moves") == 0
            else:
                await until(page, "() => window.moves > 0")
            assert (await page.evaluate(SLIDING) == "0s") is is_still
            assert (await page.evaluate("document.getAnimations().length") == 0) is is_still
