"""Alerts in a real browser: made from a chart in two clicks, moved by dragging, live distances, many at once."""

import re

import pytest

from tests.browser import opened
from tests.e2e.account_tour import demo_sign_in
from tests.e2e.axe import DESKTOP, PHONE, findings, too_wide
from tests.e2e.looking import DRAWN, PATIENCE_MS, text_changes, until, visit
from tests.e2e.running import Installation

PAGES = [
    "/alerts/",
    "/alerts/new/?coin=BTC&threshold=1",
    "/alerts/history/",
    "/alerts/move/",
    "{one}",
    "{one}edit/",
    "{fired}",
]
ROW = ".alerts-table tbody tr"
SHOWN = "() => document.querySelector('.market').dataset.alertsShown"
PREVIEWED = "() => document.querySelector('[data-draft]').textContent.includes('There are data for')"


@pytest.fixture(scope="module")
def trader(site) -> Installation:
    """The demo's trader; ``one`` becomes the address of an alert of his."""
    site.manage("demo_users", "--without-alerts")
    return site


@pytest.fixture(scope="module")
def made(trader) -> dict[str, str]:
    """Addresses of alerts that a test made, for those after it."""
    return {}


async def at_chart(page, share: float) -> tuple[float, float]:
    """A point of the candle chart, so far down."""
    box = await page.locator("[data-chart]").bounding_box()
    return box["x"] + box["width"] * 0.4, box["y"] + box["height"] * share


async def drawn(page) -> None:
    """Wait until the chart has its candles."""
    await until(page, DRAWN)


async def make(page, trader, **fields: str) -> str:
    """An alert by the form; the address of its page."""
    await page.goto(f"{trader.url}/alerts/new/")
    for name, value in fields.items():
        place = page.locator(f"[name={name}]")
        await (place.select_option(value) if name in ("metric", "side") else place.fill(value))
    await page.get_by_role("button", name="Make the alert").click()
    await page.wait_for_url(re.compile(r"/alerts/\d+/$"), timeout=PATIENCE_MS)
    return page.url.removeprefix(trader.url)


async def test_an_alert_is_made_from_the_markets_page_in_two_clicks(page, trader, made):
    await page.set_viewport_size(DESKTOP)
    await demo_sign_in(page, trader, "trader")
    await visit(page, f"{trader.url}/markets/BTC/")
    await page.get_by_role("link", name="+ Alert", exact=True).click()
    level = await page.locator("[name=threshold]").input_value()
    assert re.fullmatch(r"\d+(\.\d+)?", level)
    await until(page, PREVIEWED)
    await page.get_by_role("button", name="Make the alert").click()
    await page.wait_for_url(re.compile(r"/alerts/\d+/$"), timeout=PATIENCE_MS)
    assert "The mark price of BTC" in await page.text_content(".alert-head h2")
    seen = "() => document.querySelector('[data-part=state]').textContent.includes('in force since')"
    await until(page, seen)  # without a reload, as soon as the evaluator has taken note of it
    made["one"] = page.url.removeprefix(trader.url)


async def test_the_chart_offers_the_price_under_the_pointer_and_a_line_is_dragged_to_another(page, trader):
    await page.set_viewport_size(DESKTOP)
    await demo_sign_in(page, trader, "trader")
    await visit(page, f"{trader.url}/markets/ETH/")
    await drawn(page)
    await page.mouse.move(*await at_chart(page, 0.3))
    offer = page.locator(".alert-at")
    await offer.wait_for(timeout=PATIENCE_MS)
    level = (await offer.text_content()).rpartition(" ")[2].replace(",", "")
    box = await offer.bounding_box()
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.down()
    await page.mouse.up()
    await page.wait_for_url("**/alerts/new/**", timeout=PATIENCE_MS)
    assert await page.locator("[name=coin]").input_value() == "ETH"
    typed = float(await page.locator("[name=threshold]").input_value())
    assert typed == pytest.approx(float(level), rel=0.01)  # the pointer moved by some pixels towards the button
    await page.get_by_role("button", name="Make the alert").click()
    await page.wait_for_url(re.compile(r"/alerts/\d+/$"), timeout=PATIENCE_MS)
    number = page.url.rstrip("/").rpartition("/")[2]
    await visit(page, f"{trader.url}/markets/ETH/")
    await drawn(page)
    await until(page, f"() => ({SHOWN})() === '1'")
    await page.wait_for_timeout(500)  # the chart places the line with its next frame
    x, y = await line_at(page)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x, y + 60, steps=6)
    await page.mouse.up()
    await page.wait_for_url(f"**/alerts/{number}/edit/?threshold=*", timeout=PATIENCE_MS)
    assert float(await page.locator("[name=threshold]").input_value()) < typed
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("Saved.").wait_for(timeout=PATIENCE_MS)


async def line_at(page) -> tuple[float, float]:
    """Where a line of an alert lies on the chart: where the pointer becomes one that drags."""
    x, top = await at_chart(page, 0)
    for down in range(4, 400, 4):
        await page.mouse.move(x, top + down)
        if await page.locator(".canvas.on-line").count():
            return x, top + down + 2
    raise AssertionError("no line on the chart")


async def test_distances_live_and_only_the_fields_of_the_metric_show(page, trader, made):
    await page.set_viewport_size(DESKTOP)
    await demo_sign_in(page, trader, "trader")
    await page.goto(f"{trader.url}/alerts/new/?coin=BTC")
    assert await page.locator("[name=window]").is_hidden()
    await page.locator("[name=metric]").select_option("change")
    assert await page.locator("[name=window]").input_value() == "1 h"
    assert await page.locator("[name=address]").is_hidden()
    await page.locator("[name=metric]").select_option("margin_usage")
    assert await page.locator("[name=coin]").is_hidden()
    assert await page.locator("[name=address]").is_visible()
    assert await page.locator("[name=already]").is_checked()  # a risk is told of at once
    await make(page, trader, metric="mark", coin="BTC", threshold="100000")
    await visit(page, f"{trader.url}/alerts/")
    assert await page.locator(f"{ROW} [data-gap]").first.text_content() != "—"
    await text_changes(page, f"{ROW} [data-now]")
    await text_changes(page, f"{ROW} [data-gap]")


async def test_what_fires_is_read_in_the_ledger_explained_and_acknowledged(page, trader, made):
    await page.set_viewport_size(DESKTOP)
    await demo_sign_in(page, trader, "trader")
    await page.goto(f"{trader.url}/alerts/new/?metric=mark&coin=BTC&threshold=1&tags=ledger")
    await page.get_by_label("Also if it is so already").check()
    await page.get_by_role("button", name="Make the alert").click()
    await page.wait_for_url(re.compile(r"/alerts/\d+/$"), timeout=PATIENCE_MS)
    made["fired"] = page.url.removeprefix(trader.url)
    await until(page, "() => document.querySelector('[data-part=state] .state-fired')")
    await page.reload()
    assert await page.locator(".firings tbody tr").count() == 1
    assert "The mark price of BTC" in await page.text_content("article h2")
    assert re.search(r"\d.* ms", await page.text_content(".firings td.c-legs"))
    await page.locator("#why-at").fill(await page.evaluate("new Date().toISOString().slice(0, 19)"))
    await page.get_by_role("button", name="Ask").click()
    await page.get_by_text("fired already").wait_for(timeout=PATIENCE_MS)
    assert "it fired" in await page.text_content(".steps")
    acknowledge = page.locator("#main").get_by_role("button", name="Acknowledge")  # the note has one, too
    await acknowledge.click()
    await page.get_by_text("Acknowledged.").wait_for(timeout=PATIENCE_MS)
    assert await acknowledge.count() == 0
    await page.goto(f"{trader.url}/alerts/?state=fired&tag=ledger")
    assert await page.locator(ROW).count() == 1


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(page, trader):
    await page.set_viewport_size(DESKTOP)
    await demo_sign_in(page, trader, "trader")
    await page.goto(f"{trader.url}/alerts/new/?coin=BTC&threshold=lots")
    await page.locator(".more summary").click()
    await page.get_by_role("textbox", name="Note").fill("kept")
    await page.get_by_role("button", name="Make the alert").click()
    await page.locator("#id_threshold_error").wait_for(timeout=PATIENCE_MS)
    assert "“lots” is no number" in await page.text_content("#id_threshold_error")
    assert await page.get_by_role("textbox", name="Note").input_value() == "kept"
    assert await findings(page) == []
    page.complaints = [text for text in page.complaints if "status of 400" not in text]


async def test_many_are_paused_and_deleted_at_once_without_a_script_too(browser, page, trader):
    await page.set_viewport_size(DESKTOP)
    await demo_sign_in(page, trader, "trader")
    for level in ("1", "2"):
        await make(page, trader, metric="mark", coin="SOL", threshold=level)
    await page.goto(f"{trader.url}/alerts/?coin=SOL")
    await page.get_by_label("Tick all").check()
    assert await page.text_content("[data-ticked]") == "With the 2 ticked:"
    await page.get_by_role("button", name="Pause").click()
    await page.get_by_text("Paused: 2 alerts.").wait_for(timeout=PATIENCE_MS)
    assert await page.locator(".state-paused").count() == 2
    async with opened(browser, java_script_enabled=False, viewport=DESKTOP) as plain:
        await demo_sign_in(plain, trader, "trader")
        await plain.goto(f"{trader.url}/alerts/?coin=SOL")
        assert await plain.locator("[data-gap]").first.text_content() != "—"
        for box in await plain.locator("input[name=alert]").all():
            await box.check()
        await plain.get_by_role("button", name="Delete").click()
        await plain.get_by_role("heading", name="Delete 2 alerts?").wait_for(timeout=PATIENCE_MS)
        await plain.get_by_role("button", name="Delete").click()
        await plain.get_by_text("Deleted: 2 alerts.").wait_for(timeout=PATIENCE_MS)
        await plain.goto(f"{trader.url}/alerts/new/?coin=BTC&threshold=90000")
        await plain.get_by_role("button", name="Show sentence and preview").click()
        assert "is at or above 90,000" in await plain.text_content(".draft-sentence")


@pytest.mark.parametrize("path", PAGES)
async def test_axe_finds_nothing_and_nothing_is_too_wide(browser, trader, made, path):
    async with opened(browser, viewport=DESKTOP, color_scheme="dark", reduced_motion="reduce") as page:
        await demo_sign_in(page, trader, "trader")
        if "one" not in made:  # when this test is run alone
            made["one"] = await make(page, trader, metric="mark", coin="BTC", threshold="1000000")
        await page.goto(trader.url + path.format(**{"fired": "/alerts/", **made}))
        if "new" in path:
            await page.locator(".more summary").click()
        for viewport, scheme in ((DESKTOP, "dark"), (PHONE, "light")):
            await page.set_viewport_size(viewport)
            await page.emulate_media(color_scheme=scheme)
            assert await findings(page) == [], (viewport, scheme)
        assert await too_wide(page, settle_ms=100) == []
        assert page.complaints == []


async def test_a_silent_exchange_is_said_beside_each_figure(page, trader):
    """The last test of this file: it takes the exchange away."""
    await page.set_viewport_size(DESKTOP)
    await demo_sign_in(page, trader, "trader")
    await make(page, trader, metric="mark", coin="BTC", threshold="1000000")
    await visit(page, f"{trader.url}/alerts/")
    silent = page.locator(f"{ROW} [data-silent]").first
    assert await silent.text_content() == ""
    trader.exchange.stop()
    await until(page, "() => document.querySelector('[data-silent]').textContent.startsWith('No data since ')")
    await page.reload()
    assert (await silent.text_content()).startswith("No data ")
    assert await page.locator(f"{ROW} [data-now]").first.text_content() != "—"  # the last value stands, marked
