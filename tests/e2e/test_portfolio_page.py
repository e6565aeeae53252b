"""Portfolio pages in a real browser: what wallets hold moves in place, the past stands still, also plain."""

import re
import subprocess
import sys
from urllib.parse import quote

import pytest

from exchange.simulator import cast
from tests.browser import opened
from tests.e2e.looking import COUNT_SHIFTS, PATIENCE_MS, until, visit
from tests.e2e.running import ROOT
from tests.e2e.test_every_page import DESKTOP, PHONE, findings

MAIN = f"/wallets/{cast.TRADER}/"
HEARD = "() => /^(streamed|polled)/.test(document.querySelector('[data-followed]').textContent)"
KEEP_ROWS = """() => addEventListener("DOMContentLoaded", () => {
  window.rowsAtFirst = document.querySelectorAll("main tr").length;
})"""
SAME_ROWS = "() => document.querySelectorAll('main tr').length === window.rowsAtFirst"
MOVED_OR_OTHER_ROWS = f"""(selectors) => {{
  const texts = selectors.map((selector) => document.querySelector(selector)?.textContent);
  window.textsAtFirst ??= texts;
  return texts.every((text, i) => text !== window.textsAtFirst[i]) || !({SAME_ROWS})();
}}"""
MOVING = ["[data-kind=position] [data-f=mark]", "[data-kind=position] [data-f=upnl]", ".worth [data-f=equity]"]
"""What changes with the market."""
POSITIONS = "() => document.querySelectorAll('[data-kind=position] tbody tr').length >= 3"


@pytest.fixture(scope="module")
def trader(site):
    """The demo's trader, with six wallets."""
    command = [sys.executable, "manage.py", "demo_users", "--without-alerts"]
    subprocess.run(command, cwd=ROOT, env=site.site.environment, check=True, stdout=subprocess.DEVNULL)
    return site


async def sign_in(page, site) -> None:
    await page.goto(f"{site.url}/account/login/")
    await page.get_by_label("Username or email").fill("trader")
    await page.get_by_label("Password").fill("hyperliquid-demo")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.wait_for_url(f"{site.url}/markets/")


def cents(text: str) -> int:
    """``−$1,234.50`` in cents."""
    return int(re.sub(r"[^\d−]", "", text).replace("−", "-"))


async def test_a_wallet_lives_and_nothing_shifts(page, trader):
    await page.add_init_script(f"({COUNT_SHIFTS})(); ({KEEP_ROWS})()")
    await page.set_viewport_size(DESKTOP)
    await sign_in(page, trader)
    await visit(page, trader.url + MAIN)
    await until(page, HEARD)
    for _ in range(20):
        await page.reload()
        await until(page, POSITIONS)
        await until(page, MOVED_OR_OTHER_ROWS, MOVING)
        await page.wait_for_timeout(200)  # shifts are told a little later
        if await page.evaluate(SAME_ROWS):
            break  # else one came or went, for which there must be room
    assert await page.evaluate(SAME_ROWS)
    assert [shift for shift in await page.evaluate("window.shifted") if shift[0] > 0.02] == []
    lines = await page.locator("[data-lines] td").all_text_contents()
    assert len(lines) >= 2
    assert re.fullmatch(r"(streamed|polled) · .* ago.*", await page.text_content("[data-followed]"))


WITHOUT_POSITIONS = """addEventListener("readystatechange", () => {
  if (document.readyState !== "interactive") return;
  for (const tr of document.querySelectorAll("[data-kind=position] tbody tr")) tr.remove();
}, { capture: true })"""


async def test_a_position_that_is_opened_while_the_page_is_shown_comes_into_its_table(page, trader):
    """As for any that was not there when the page was made; a link of its row makes an alert on it."""
    await page.add_init_script(WITHOUT_POSITIONS)
    await sign_in(page, trader)
    await visit(page, f"{trader.url}/portfolio/")
    await until(page, POSITIONS)
    row = page.locator("[data-kind=position] tbody tr").first
    coin = await row.locator("a[data-f=label]").text_content()
    assert (await row.locator("[data-bell]").get_attribute("href")).startswith(
        f"/alerts/new/?metric=liquidation_distance&coin={quote(coin)}&address="
    )


async def test_all_wallets_add_up_to_the_figure_above_them(page, trader):
    await sign_in(page, trader)
    await visit(page, f"{trader.url}/portfolio/")
    equal = """() => {
      const shown = [...document.querySelectorAll('.list [data-f=equity]')].map((cell) => cell.textContent);
      const cents = (text) => BigInt(text.replace('−', '-').replace(/[$,.+]/g, ''));
      const known = shown.filter((text) => text !== '—').map(cents);
      const total = document.querySelector('[data-total=equity]').textContent;
      return shown.length === 6 && known.length >= 4 && known.reduce((a, b) => a + b) === cents(total)
        && document.querySelector('[data-lacking]').textContent.startsWith(6 - known.length || '—');
    }"""
    await until(page, equal)
    await page.get_by_role("navigation", name="Wallets").get_by_role("link", name="Unified account").click()
    await page.wait_for_url(f"**/wallets/{cast.UNIFIED}/")
    await until(page, HEARD)
    assert "unifiedAccount" in await page.text_content("[data-f=mode]")


RECORDED = """
from time import time_ns
from snapshots.models import Account, EquitySnapshot
now = time_ns() // 10**6
mine = Account.objects.known(["{address}"], now)["{address}"]
mine.added_at = now - {ms}
mine.save()
for ago in ({ms} - 10_000, {ms} // 2):
    EquitySnapshot.objects.create(
        account=mine, time=now - ago, received_at=now - ago, mode="default", equity="123.45", lines=[]
    )
"""


def record(trader, address: str, seconds: int) -> None:
    """Let the record of a wallet begin so long ago."""
    told = RECORDED.format(address=address, ms=seconds * 1_000)
    command = [sys.executable, "manage.py", "shell", "-c", told]
    subprocess.run(command, cwd=ROOT, env=trader.site.environment, check=True, stdout=subprocess.DEVNULL)


async def test_the_curve_goes_on_with_what_the_wallet_is_worth_now_and_a_past_one_does_not(page, trader):
    record(trader, cast.TRADER, 600)
    await sign_in(page, trader)
    await visit(page, trader.url + MAIN)
    await until(page, HEARD)
    said = "document.querySelector('[data-legend-value]').textContent"
    worth = "document.querySelector('.worth .big').textContent"
    await until(page, f"() => {said}.endsWith({worth})")
    before = await page.evaluate(said)
    await until(page, f"(before) => {said} !== before && {said}.endsWith({worth})", before)
    assert await page.evaluate("document.querySelectorAll('[data-chart] canvas').length") > 0
    await visit(page, f"{trader.url}{MAIN}?curve=pnl")
    assert await page.locator("[data-grows]").count() == 0, "what was moved since is not known"


LABELS = r"""() => {
  window.labels = [];
  const fillText = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, ...given) {
    if (/^\d\d:\d\d/.test(text)) window.labels.push([text, Math.round(x)]);
    return fillText.call(this, text, x, ...given);
  };
}"""
DRAWN_LABELS = "() => [...new Set(window.labels.map(String))].map((label) => label.split(',')[0])"


async def test_times_under_a_curve_that_is_minutes_old_differ(page, trader):
    """PnL stands still: so each label stands at one place, however often it is drawn."""
    await page.add_init_script(f"({LABELS})()")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(DESKTOP)
    await sign_in(page, trader)
    record(trader, cast.UNIFIED, 100)
    await visit(page, f"{trader.url}/wallets/{cast.UNIFIED}/?curve=pnl")
    await until(page, f"() => ({DRAWN_LABELS})().length > 2")
    await page.wait_for_timeout(500)  # its size is settled
    await page.evaluate("window.labels = []")
    await page.emulate_media(color_scheme="dark")  # drawn once more
    await until(page, f"() => ({DRAWN_LABELS})().length > 2")
    labels = await page.evaluate(DRAWN_LABELS)
    assert len(labels) == len(set(labels))
    assert any(len(label) == len("00:00:00") for label in labels)


async def test_the_past_is_marked_and_stands_still(page, trader):
    await sign_in(page, trader)
    await visit(page, trader.url + MAIN)
    await page.fill("#at", "2026-01-05T10:00")
    await page.get_by_role("button", name="Show").click()
    await page.wait_for_url(re.compile("at=2026-01-05T10"))
    assert "As of 2026-01-05 10:00:00 (UTC)." in await page.text_content(".past")
    assert await page.text_content(".worth .big") == "—"
    assert "nothing received by then" in await page.text_content("[data-followed]")
    await page.get_by_role("link", name="Back to now").click()
    await until(page, HEARD)


async def test_anothers_address_is_offered_to_be_added(page, trader):
    await sign_in(page, trader)
    await page.goto(f"{trader.url}/wallets/{cast.EMPTY}/")
    await page.get_by_role("link", name="Add it to my wallets").click()
    await page.get_by_role("button", name="Add to the list").click()
    await page.goto(f"{trader.url}/wallets/{cast.EMPTY}/")
    assert "No open position" in await page.text_content(".portfolio")
    page.complaints = [text for text in page.complaints if "404" not in text]


async def test_without_script_a_wallet_is_a_snapshot_and_a_day_has_its_bridge(browser, trader):
    async with opened(browser, java_script_enabled=False) as page:
        await sign_in(page, trader)
        for _ in range(30):
            await page.goto(trader.url + MAIN)
            if await page.locator("[data-kind=position] tbody tr").count() >= 3:
                break
            await page.wait_for_timeout(1_000)
        assert cents(await page.text_content(".worth .big")) > 0
        await page.get_by_role("link", name="PnL bridge").click()
        await page.get_by_role("link", name="←").click()
        assert "As the exchange counts" in await page.text_content("main")


@pytest.mark.parametrize("path", ["/portfolio/", MAIN, f"{MAIN}?at=2026-01-05T10:00&curve=pnl", f"{MAIN}bridge/"])
async def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(browser, trader, path):
    for scheme, viewport in (("dark", DESKTOP), ("light", PHONE)):
        async with opened(browser, color_scheme=scheme, viewport=viewport, reduced_motion="reduce") as page:
            await sign_in(page, trader)
            await page.goto(trader.url + path)
            await page.wait_for_selector("main h1", timeout=PATIENCE_MS)
            await page.wait_for_timeout(2_000)
            assert await findings(page) == [], scheme
            for width in (1440, 1024, 768, 390, 360):
                await page.set_viewport_size({"width": width, "height": 800})
                await page.wait_for_timeout(150)
                assert await page.evaluate("document.documentElement.scrollWidth") == width
            assert page.complaints == []
