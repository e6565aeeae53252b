"""Times and numbers as somebody has chosen them in his settings: first paint, live rows and charts alike."""

import re
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.browser import opened
from tests.e2e.looking import DRAWN, PATIENCE_MS, text_changes, until, visit
from tests.e2e.people import Mailbox, sign_up

READER = """async (use) => {
  const [{ name }] = performance.getEntriesByType('resource').filter(({ name }) => /reader\\.[^/]*js/.test(name));
  return eval(use)(await import(name));
}"""
DRAWN_TEXTS = """
window.drawn = new Set();
const draw = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.drawn.add(String(text));
  return draw.call(this, text, ...rest);
};
"""
COMMA = re.compile(r"[+−]?\$?\d{1,3}(\.\d{3})*(,\d+)?[%KMBT]?|—")
HAS_POINT = re.compile(r"\d,\d{3}\b|\d\.\d{1,2}\b(?!\d)")
CLOCK = re.compile(r"\d\d:\d\d(:\d\d)?")


@pytest.fixture
def mailbox(site) -> Mailbox:
    return site.mailbox


async def choose(page, site, mailbox, name: str, zone: str = "UTC", numbers: str = "point") -> None:
    """A new account with these settings, made in the settings page."""
    page.set_default_timeout(PATIENCE_MS)
    await sign_up(page, site.url, mailbox, f"{name}.{token_hex(3)}@example.org")
    await page.goto(f"{site.url}/account/")
    await page.get_by_label("Time zone").fill(zone)
    await page.get_by_label("Numbers").select_option(numbers)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved.")).to_be_visible()


def of_day(text: str) -> int:
    """Seconds since midnight of ``13:03:15``."""
    hour, minute, second = map(int, text.split(":"))
    return hour * 3600 + minute * 60 + second


async def test_a_signed_in_reader_sees_all_times_of_a_market_in_his_zone_and_which_it_is(page, site, mailbox):
    zone = ZoneInfo("Asia/Kolkata")  # half an hour off: no time of UTC can be mistaken for one of it
    await choose(page, site, mailbox, "asha", zone=zone.key)
    await page.add_init_script(DRAWN_TEXTS)
    await visit(page, f"{site.url}/markets/BTC/?interval=1h")
    await expect(page.locator(".foot")).to_contain_text("Times are Asia/Kolkata.")
    assert await page.text_content(".funding-table thead th") == f"Hour ({zone.key})"
    hours = await page.eval_on_selector_all(
        "tr[data-t]", "rows => rows.map((row) => [Number(row.dataset.t), row.cells[0].textContent])"
    )
    assert hours
    for ms, text in hours:
        assert text == f"{datetime.fromtimestamp(ms / 1000, zone):%d %b %H:%M}"
    await text_changes(page, "[data-tape] tbody")
    newest = await page.text_content("[data-tape] tbody tr:first-child .at")
    now = await page.evaluate(READER, "({ clockText }) => clockText(Date.now())")
    there = datetime.now(zone)
    assert abs(of_day(now) - (there.hour * 3600 + there.minute * 60 + there.second)) % 86_400 < 120
    assert (of_day(now) - of_day(newest)) % 86_400 < 600
    await until(page, "() => [...window.drawn].filter((text) => /\\d\\d:\\d\\d$/.test(text)).length > 2")
    ticks = await page.evaluate("[...window.drawn].filter((text) => /\\d\\d:\\d\\d$/.test(text))")
    assert {text[-2:] for text in ticks} == {"30"}


async def test_days_stay_days_of_utc(page, site, mailbox):
    await choose(page, site, mailbox, "dev", zone="America/New_York")
    await page.add_init_script(DRAWN_TEXTS)
    await visit(page, f"{site.url}/markets/BTC/?interval=1d")
    await until(page, DRAWN)
    days = [(datetime.now(UTC) + timedelta(days=later)).day for later in (-1, 0)]  # it may be midnight
    place = await page.locator("[data-chart]").bounding_box()
    for left in range(76, 140, 2):  # the newest bar is left of the prices; its day is told under the pointer
        await page.mouse.move(place["x"] + place["width"] - left, place["y"] + 60)
    told = "(days) => [...window.drawn].some((text) => days.some((day) => RegExp(`^${day} [A-Z]`).test(text)))"
    await until(page, told, days)


async def test_summer_and_winter_of_a_zone_are_told_apart(page, site, mailbox):
    await choose(page, site, mailbox, "britta", zone="Europe/Berlin")
    await visit(page, f"{site.url}/markets/BTC/")
    moments = [datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 11, 1, 12, tzinfo=UTC)]
    moments += [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]  # the hour that comes twice
    ms = [int(moment.timestamp() * 1000) for moment in moments]
    told = await page.evaluate(READER, f"({{ momentText }}) => {ms}.map(momentText)")
    assert told == ["14:00:00 GMT+2", "13:00:00 GMT+1", "02:30:00 GMT+2", "02:30:00 GMT+1"]
    hours = await page.evaluate(READER, f"({{ hourText }}) => {ms}.map(hourText)")
    assert hours == [f"{moment.astimezone(ZoneInfo('Europe/Berlin')):%d %b %H:%M}" for moment in moments]


async def test_whoever_is_not_signed_in_or_has_no_scripts_sees_utc_and_is_told_so(browser, page, site, mailbox):
    await choose(page, site, mailbox, "carl", zone="Asia/Tokyo", numbers="comma")
    async with opened(browser) as anonymous:
        await visit(anonymous, f"{site.url}/markets/BTC/")
        await expect(anonymous.locator(".foot")).to_contain_text("Times are UTC.")
    state = await page.context.storage_state()
    async with opened(browser, java_script_enabled=False, storage_state=state) as plain:
        await plain.goto(f"{site.url}/markets/BTC/")
        await expect(plain.locator("[data-menu] summary")).to_contain_text("carl")
        await expect(plain.locator(".foot")).to_contain_text("Times are UTC.")
        assert "UTC" in await plain.text_content(".ages")
        assert re.fullmatch(r"[\d,]+(\.\d+)?", await plain.text_content(".price .mark"))


async def test_numbers_have_the_readers_separators_before_and_after_they_move(page, site, mailbox):
    await choose(page, site, mailbox, "dora", numbers="comma")
    await visit(page, f"{site.url}/markets/")
    for _ in range(2):
        cells = await page.locator("[data-rows] td.num").all_text_contents()
        assert [text for text in cells if not COMMA.fullmatch(text)] == []
        assert any("," in text for text in cells)
        await text_changes(page, "[data-rows]")
    await page.add_init_script(DRAWN_TEXTS)
    await visit(page, f"{site.url}/markets/BTC/")
    await text_changes(page, "[data-tape] tbody")
    await text_changes(page, "[data-side=bids]")
    # Not the buyers' panel: its amounts may have three decimals, and 1,599 does not say which of the two it is.
    figures = "[data-stream]:not(table):not([data-pressure-part] *), .depth td, .trades td:not(.at), "
    figures += ".funding-table td, .move-abs, [data-age]"
    shown = [text.strip() for text in await page.locator(figures).all_text_contents()]
    assert [text for text in shown if HAS_POINT.search(text)] == []
    assert any("," in text for text in shown)
    await until(page, "() => [...window.drawn].some((text) => /^\\d{1,3}\\.\\d{3}(,\\d+)?$/.test(text))")
    assert re.match(r"\d{1,3}\.\d{3}(,\d+)? BTC", await page.title())


async def test_a_space_groups_digits_without_breaking_the_line(page, site, mailbox):
    await choose(page, site, mailbox, "emil", numbers="space")
    await visit(page, f"{site.url}/markets/BTC/")
    assert re.fullmatch("\\d{1,3}\u00a0\\d{3}(,\\d+)?", await page.text_content(".price .mark"))
