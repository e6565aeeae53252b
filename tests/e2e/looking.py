"""What tests look for on a page, and waiting until it is so."""

from typing import Any

from playwright.async_api import Page

PATIENCE_MS = 60_000.0
"""How long to wait for what must come; it usually takes a second, on a busy machine much longer."""

POLLING_MS = 100.0
"""A look at each frame, as Playwright has it, keeps the browser drawing frames in which nothing happens."""

LIVE = "() => document.querySelector('[data-pulse]').dataset.state === 'live'"

COUNT_SHIFTS = """() => {
  window.shifted = [];
  new PerformanceObserver((list) => {
    const html = ({ node }) => (node?.outerHTML ?? node?.parentElement?.outerHTML)?.slice(0, 120);
    for (const entry of list.getEntries()) window.shifted.push([entry.value, ...entry.sources.map(html)]);
  }).observe({ type: "layout-shift", buffered: true });
}"""
"""To be evaluated before the page loads: ``window.shifted`` has every layout shift, with what moved."""

ALL_STALE = """() => [...document.querySelectorAll('[data-stream]')].every((cell) =>
  getComputedStyle(cell).getPropertyValue('--is-stale') === '1')"""

CONTROLLED = "() => navigator.serviceWorker?.controller"
"""The site's worker is in charge of this page."""

DRAWN = r"""() => document.querySelector('[data-chart] canvas')?.width > 200
  && !document.querySelector('[data-chart] .picture')
  && /^O [\d,.]+ /.test(document.querySelector('[data-legend]').textContent)"""
"""The candle chart has taken the place of the still picture, whose legend the page came with."""

LEDGER_ROW = ".ledger tbody tr"

CHANGED = "([selector, before]) => document.querySelector(selector).textContent !== before"

LIVE_CELLS = """() => [...document.querySelectorAll('[data-stream]')].map((cell) =>
  [cell.dataset.stream, getComputedStyle(cell).getPropertyValue('--is-stale') === '1'])"""


async def until(page: Page, condition: str, argument: Any = None) -> None:
    """Wait until a JavaScript function returns something true."""
    await page.wait_for_function(condition, arg=argument, timeout=PATIENCE_MS, polling=POLLING_MS)


async def visit(page: Page, url: str) -> None:
    """Open the page and wait until it says that it is live."""
    await page.goto(url)
    await until(page, LIVE)


async def text_changes(page: Page, selector: str) -> None:
    """Wait until the text of the element is another one than now."""
    before = await page.locator(selector).first.text_content()
    await until(
        page, "([selector, before]) => document.querySelector(selector).textContent !== before", [selector, before]
    )


async def coins(page: Page) -> list[str]:
    """The markets in the table, in the order in which they stand."""
    return await page.eval_on_selector_all("[data-rows] tr", "rows => rows.map((row) => row.dataset.coin)")


async def stale_streams(page: Page) -> dict[str, bool]:
    """Each stream that has cells on the page, and whether all of its cells are marked stale."""
    marked: dict[str, bool] = {}
    for stream, is_stale in await page.evaluate(LIVE_CELLS):
        marked[stream] = marked.get(stream, True) and is_stale
    return marked


async def rows_come(page, address: str, count: int = 1) -> None:
    """Open the page again and again until the feed has stored so many rows of it."""
    for _ in range(120):
        await page.goto(address)
        if await page.locator(LEDGER_ROW).count() >= count:
            return
        await page.wait_for_timeout(500)
    raise TimeoutError(f"no {count} rows on {address}")
