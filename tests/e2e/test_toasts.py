"""Notes of alerts in the pages of a real installation: told at once, in every tab, with one sound."""

import pytest

from tests.browser import opened
from tests.e2e.axe import DESKTOP, PHONE, findings, too_wide
from tests.e2e.looking import COUNT_SHIFTS, LIVE, until, visit
from tests.e2e.people import sign_up
from tests.e2e.told import fire

SOUNDS = """() => {
  window.sounds = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...given) {
    window.sounds += 1;
    return start.apply(this, given);
  };
}"""
TALL = "document.querySelector('.toasts').getBoundingClientRect().height"
NOTES = "() => document.querySelectorAll('.toast').length"
BELL = "(count) => document.querySelector('[data-bell-count]').textContent === count"


async def told_here(page, site, name: str) -> None:
    """A new user who wants to be told on the site."""
    await sign_up(page, site.url, site.mailbox, f"{name}@example.org")
    await page.goto(f"{site.url}/alerts/destinations/")
    await page.get_by_role("button", name="Tell me on this site").click()
    await page.get_by_text("is added").wait_for()


async def another(page, url: str):
    """A second tab of the same browser."""
    tab = await page.context.new_page()
    tab.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
    await tab.add_init_script(f"({SOUNDS})()")
    await visit(tab, url)
    return tab


async def test_it_comes_up_in_every_tab_at_once_sounds_in_one_and_is_acknowledged_for_all(page, site):
    await page.add_init_script(f"({SOUNDS})()")
    await told_here(page, site, "ann")
    await page.get_by_label("Play a sound with each note").check()
    await page.get_by_role("button", name="Listen").click()
    await until(page, "() => window.sounds === 2")
    other = await another(page, f"{site.url}/markets/")
    await other.mouse.click(5, 500)
    await until(page, "() => document.querySelector('[data-pulse]').dataset.state === 'live'")
    await page.wait_for_timeout(500)  # both have joined
    fire(site, "ann")
    for tab in (page, other):
        await until(tab, "() => document.querySelector('.toast')")
        assert "The mark price of BTC is at or above 86,000" in await tab.locator(".toast").inner_text()
        assert "86,012.5" in await tab.locator(".toast").inner_text()
        await until(tab, BELL, "1")
    await other.wait_for_timeout(1500)
    assert (
        await page.evaluate("window.sounds") - 2 + await other.evaluate("window.sounds") == 2
    )  # two notes of a bell
    await other.get_by_role("button", name="Acknowledge").click()
    for tab in (page, other):
        await until(tab, "() => !document.querySelector('.toast')")
        await until(tab, BELL, "")
    await page.goto(f"{site.url}/markets/")
    await until(page, "() => document.querySelector('[data-pulse]').dataset.state === 'live'")
    assert await page.evaluate(NOTES) == 0


async def test_without_a_page_open_it_waits_on_the_next_one_and_a_closed_note_stays_closed(page, site):
    await told_here(page, site, "ben")
    await page.goto("about:blank")
    fire(site, "ben", count=6)
    await page.wait_for_timeout(1000)
    await visit(page, f"{site.url}/markets/")
    await until(page, BELL, "6")
    await until(page, "() => document.querySelectorAll('.toast').length === 1")  # the newest of them
    await page.get_by_role("button", name="Close this note").click()
    assert await page.evaluate(NOTES) == 0
    await visit(page, f"{site.url}/markets/BTC/")
    await until(page, BELL, "6")
    assert await page.evaluate(NOTES) == 0


async def test_the_number_stands_in_the_page_without_script(browser, page, site):
    await told_here(page, site, "cat")
    fire(site, "cat", count=2)
    state = await page.context.storage_state()
    async with opened(browser, java_script_enabled=False, storage_state=state) as plain:
        for path in ("/markets/", "/wallets/", "/markets/BTC/"):  # made on the event loop, and in a thread
            await plain.goto(site.url + path)
            assert await plain.locator("[data-bell]").get_attribute("aria-label") == "Alerts to acknowledge: 2"


async def test_the_note_covers_nothing_that_cannot_be_come_by_and_axe_finds_nothing(page, site):
    await told_here(page, site, "dan")
    fire(site, "dan", count=3)
    for viewport in (DESKTOP, PHONE):
        await page.set_viewport_size(viewport)
        await visit(page, f"{site.url}/wallets/")
        await until(page, "() => document.querySelectorAll('.toast').length >= 1")
        await page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        below = await page.evaluate(
            "document.querySelector('.foot').getBoundingClientRect().bottom"
            " <= document.querySelector('.toasts').getBoundingClientRect().top + 1"
        )
        assert below, "at its end the whole page stands above the notes"
        for scheme in ("dark", "light"):
            await page.emulate_media(color_scheme=scheme)
            assert await findings(page) == []
    assert await too_wide(page) == []


async def test_on_a_phone_one_small_note_stands_for_all_and_a_keyboard_unfolds_and_closes_them(page, site):
    await page.set_viewport_size(PHONE)
    await told_here(page, site, "fay")
    await visit(page, f"{site.url}/markets/")
    await page.wait_for_timeout(500)  # it has joined
    fire(site, "fay", count=3)
    more = page.locator("[data-toasts-more]")
    await until(page, "() => document.querySelectorAll('.toast').length === 3")
    shown = page.locator(".toast:visible")
    assert await shown.count() == 1
    assert await more.inner_text() == "2 more notes"
    assert await page.evaluate(TALL) < PHONE["height"] / 4
    assert await page.get_attribute("[data-toasts-list]", "role") == "log", "who listens hears each of them"
    assert await findings(page) == []
    await more.focus()
    await page.keyboard.press("Enter")
    assert await shown.count() == 3
    assert await page.evaluate(TALL) < PHONE["height"] * 0.8
    await page.locator("[data-close]").last.focus()
    for left in (2, 1):
        await page.keyboard.press("Enter")
        await until(page, "(left) => document.querySelectorAll('.toast').length === left", left)
        assert await page.evaluate("document.activeElement.matches('.toast:last-child [data-close]')")
    assert await more.is_hidden()
    await page.keyboard.press("Enter")
    await until(page, "() => document.activeElement.id === 'main'")


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_nothing_moves_as_another_note_comes(page, site, viewport):
    name = f"gus{viewport['width']}"
    await page.set_viewport_size(viewport)
    await told_here(page, site, name)
    await page.add_init_script(f"({COUNT_SHIFTS})()")
    await visit(page, f"{site.url}/account/sessions/")  # on which no figure lives
    for count in (1, 2, 3):
        fire(site, name)
        await until(page, "(count) => document.querySelectorAll('.toast').length === count", count)
        await page.wait_for_timeout(300)
    assert await page.evaluate("window.shifted") == []


async def test_the_alerts_own_page_has_what_fired_and_what_was_sent_without_being_loaded_again(page, site):
    await told_here(page, site, "hal")
    fire(site, "hal")
    await page.goto(f"{site.url}/alerts/")
    await page.locator("tbody a[href^='/alerts/']").first.click()
    await page.wait_for_url("**/alerts/*/")
    await until(page, LIVE)
    rows = "([part, count]) => document.querySelectorAll(`[data-part=${part}] tbody tr`).length === count"
    await until(page, rows, ["firings", 1])
    await page.wait_for_timeout(500)  # it has joined
    fire(site, "hal")
    await until(page, rows, ["firings", 2])
    await until(page, rows, ["deliveries", 2])
    assert await page.locator("[data-part=acknowledge] button").is_visible()


async def test_who_has_not_touched_the_page_hears_nothing_and_sees_the_note(page, site):
    await told_here(page, site, "eve")
    await page.evaluate("localStorage.setItem('alerts.sound', JSON.stringify({ isOn: true, volume: 5 }))")
    await visit(page, f"{site.url}/markets/")
    await page.wait_for_timeout(500)
    fire(site, "eve")
    await until(page, "() => document.querySelector('.toast')")
