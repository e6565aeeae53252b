"""Tables that are wholly on a page sort by their headings: by keyboard alone, live, on a phone, after a reload."""

import sys
from subprocess import DEVNULL, run

import pytest
from playwright.async_api import expect

from tests.browser import opened
from tests.e2e.axe import DESKTOP, PHONE
from tests.e2e.looking import text_changes, until, visit
from tests.e2e.running import ROOT
from tests.e2e.test_sign_in import tab_to

POSITIONS = "[data-sortable=positions]"
ORDER = """(name) => {
  const table = document.querySelector('[data-sortable=positions]');
  const { cellIndex } = table.querySelector(`[data-column=${name}]`);
  const first = (cell) => (cell.firstElementChild ?? cell).textContent;
  const worth = (cell) => parseFloat(first(cell).replace('−', '-').replace(/[$,+]/g, ''));
  return [...table.tBodies[0].rows].map((tr) => worth(tr.cells[cellIndex])).filter(Number.isFinite);
}"""
KEYS = "() => [...document.querySelectorAll('[data-sortable=positions] tbody tr')].map((tr) => tr.dataset.key)"
NOTE_ORDER = f"""(name) => {{
  const button = document.querySelector(`[data-sortable=positions] [data-column=${{name}}] .sorts`);
  button.addEventListener('click', () => (window.found = [({ORDER})(name), ({KEYS})()]));
}}"""
"""From then on ``window.found`` is how the rows stood as they were sorted: their numbers move on."""
HAS_POSITIONS = "() => document.querySelectorAll('[data-sortable=positions] tbody tr').length > 3"


@pytest.fixture(scope="module")
def shown(site):
    """The demonstration's trader and admin."""
    command = [sys.executable, "manage.py", "demo_users", "--without-alerts"]
    run(command, cwd=ROOT, env=site.site.environment, check=True, stdout=DEVNULL)
    return site


async def come_in(page, site, name: str = "trader") -> None:
    await page.goto(f"{site.url}/account/login/")
    await page.get_by_label("Username or email").fill(name)
    await page.get_by_label("Password").fill("hyperliquid-demo")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(f"{site.url}/markets/")


async def test_a_table_is_sorted_by_keyboard_alone_and_stands_still_while_its_numbers_move(page, shown):
    await page.set_viewport_size(DESKTOP)
    await come_in(page, shown)
    await visit(page, f"{shown.url}/portfolio/")
    await until(page, HAS_POSITIONS)
    await page.locator(POSITIONS).get_by_role("button", name="Entry").focus()  # the last one before
    await page.keyboard.press("Tab")  # the word, which leads to the glossary
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.ariaLabel") == "Sort by Mark"
    await tab_to(page, "Unrealised PnL")
    heading = page.locator(f"{POSITIONS} [data-column=upnl]")
    await page.evaluate(NOTE_ORDER, "upnl")
    await expect(heading).to_have_attribute("aria-sort", "none")
    await page.keyboard.press("Enter")
    await expect(heading).to_have_attribute("aria-sort", "descending")
    found, _ = await page.evaluate("window.found")
    assert len(found) > 3
    assert found == sorted(found, reverse=True)
    await page.keyboard.press("Space")
    await expect(heading).to_have_attribute("aria-sort", "ascending")
    found, stood = await page.evaluate("window.found")
    assert found == sorted(found)
    assert await page.evaluate("document.activeElement.textContent") == "Unrealised PnL"
    await text_changes(page, f"{POSITIONS} [data-f=upnl]")
    stands = await page.evaluate(KEYS)
    assert [key for key in stands if key in stood] == [key for key in stood if key in stands]
    assert page.url == f"{shown.url}/portfolio/?sort.positions=upnl"
    await page.reload()
    await expect(heading).to_have_attribute("aria-sort", "ascending")


async def test_a_row_that_comes_later_goes_where_it_belongs_and_no_other_moves(page, shown):
    await come_in(page, shown)
    await page.goto(f"{shown.url}/portfolio/?sort.positions=-value")
    await until(page, HAS_POSITIONS)
    value = page.locator(f"{POSITIONS} [data-column=value]")
    await expect(value).to_have_attribute("aria-sort", "descending")
    placed = """async () => {
      const body = document.querySelector('[data-sortable=positions] tbody');
      const came = body.rows[1].cloneNode(true);
      const before = [...body.rows];
      came.cells[body.closest('table').querySelector('[data-column=value]').cellIndex].textContent = '$0.01';
      body.prepend(came);
      await new Promise(requestAnimationFrame);
      return [[...body.rows].indexOf(came) === before.length, before.every((tr, at) => tr === body.rows[at])];
    }"""
    assert await page.evaluate(placed) == [True, True]


async def test_on_a_phone_the_headings_stand_above_the_cards_and_sort_them(page, shown):
    await page.set_viewport_size(PHONE)
    await come_in(page, shown)
    await visit(page, f"{shown.url}/portfolio/")
    await until(page, HAS_POSITIONS)
    value = page.locator(POSITIONS).get_by_role("button", name="Value")
    await expect(value).to_be_visible()
    await page.evaluate(NOTE_ORDER, "value")
    await value.click()
    found, _ = await page.evaluate("window.found")
    assert found == sorted(found, reverse=True)
    assert await page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_a_part_that_is_brought_up_to_date_keeps_its_order_and_the_focus(page, shown):
    await come_in(page, shown, "admin")
    await page.goto(f"{shown.url}/status/")
    heard = page.locator("[data-sortable=streams]").get_by_role("button", name="Last heard")
    await heard.press("Enter")
    await page.evaluate("document.querySelector('[data-sortable=streams]').isOld = true")
    await until(page, "() => !document.querySelector('[data-sortable=streams]').isOld")
    column = page.locator("[data-sortable=streams] [data-column=heard]")
    await expect(column).to_have_attribute("aria-sort", "descending")
    await expect(heard).to_be_focused()
    ages = await page.eval_on_selector_all(
        "[data-sortable=streams] tbody tr td:nth-child(3)", "cells => cells.map((cell) => cell.dataset.v)"
    )
    known = [int(age) for age in ages if age]
    assert len(known) > 2
    assert known == sorted(known, reverse=True)


async def test_figures_are_compared_by_what_they_say_and_unknown_ones_stand_last(page, shown):
    await come_in(page, shown)
    await page.goto(f"{shown.url}/markets/BTC/?sort.funding=rate")
    await until(page, "() => performance.getEntriesByType('resource').some(({ name }) => /sortable/.test(name))")
    compared = """async (texts) => {
      const scripts = [...performance.getEntriesByType('resource')].map(({ name }) => name);
      const { startSortables } = await import(scripts.find((name) => /sortable/.test(name)));
      const place = document.createElement('div');
      place.innerHTML = `<table data-sortable="x"><thead><tr><th class="num" data-column="n">N</th></tr></thead>
        <tbody>${texts.map((text) => `<tr><td>${text}</td></tr>`).join("")}</tbody></table>`;
      document.body.append(place);
      startSortables(place);
      place.querySelector('button').click();
      return [...place.querySelectorAll('td')].map((cell) => cell.textContent);
    }"""
    texts = ["$1,234.50", "—", "−$2.00M", "$1.5K", "0.5 BTC", "+12.5%"]
    assert await page.evaluate(compared, texts) == ["$1.5K", "$1,234.50", "+12.5%", "0.5 BTC", "−$2.00M", "—"]


async def test_without_script_the_servers_order_stays_and_nothing_pretends_to_sort(browser, shown):
    async with opened(browser, java_script_enabled=False, viewport=PHONE) as page:
        await come_in(page, shown)
        await page.goto(f"{shown.url}/portfolio/?sort.positions=value")
        await expect(page.locator(".sorts:visible")).to_have_count(0)
        await expect(page.locator(f"{POSITIONS} thead")).to_be_hidden()
        await page.goto(f"{shown.url}/history/fills/")
        await page.get_by_role("link", name="Time", exact=True).click()
        await expect(page.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
