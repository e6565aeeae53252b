"""One market's page in a real browser: figures, candles, book, tape and funding move in place."""

import re
from itertools import pairwise

import pytest

from tests.browser import opened
from tests.e2e.looking import COUNT_SHIFTS, DRAWN, text_changes, until, visit

BOOK = "() => document.querySelector('[data-side=asks] tr:last-child .px').textContent.trim() !== ''"


BEST = """() => ['[data-side=asks] tr:last-child .px', '[data-side=bids] tr:first-child .px']
  .map((place) => document.querySelector(place).textContent)"""


def number(text: str) -> float:
    return float(text.replace(",", ""))


@pytest.mark.parametrize("coin", ["BTC", "@107", "xyz:GOLD", "PURR/USDC"])
async def test_every_kind_of_market_has_figures_candles_book_and_tape(page, site, coin):
    await visit(page, f"{site.url}/markets/{coin}/")
    await until(page, DRAWN)
    await until(page, BOOK)
    mark = number(await page.text_content(".price .mark"))
    ask, bid = map(number, await page.evaluate(BEST))  # at one moment: the book lives
    assert 0 < bid < ask
    assert 0.8 < mark / ask < 1.25
    assert await page.locator("[data-funding-part]").count() == (0 if coin in ("@107", "PURR/USDC") else 1)


async def test_figures_book_tape_and_the_last_bar_move_and_nothing_shifts(page, site):
    await page.add_init_script(f"({COUNT_SHIFTS})()")
    await visit(page, f"{site.url}/markets/BTC/?interval=1m")
    await until(page, DRAWN)
    for selector in (".price .mark", "[data-side=bids]", "[data-tape] tbody", "[data-legend]", "[data-age]"):
        await text_changes(page, selector)
    await page.evaluate("document.querySelector('[data-tape] tbody').rows[2].className = 'sell large'")
    await text_changes(page, "[data-tape] tbody")  # by then it has been rewritten
    await page.wait_for_timeout(1_000)
    assert await page.evaluate("window.shifted") == []
    assert re.match(r"[\d,.]+ BTC · ", await page.title())


DRAWN_IN = """() => {
  window.drawnIn = new Set();
  const draw = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (...given) {
    if (this.canvas.closest("[data-chart]")) window.drawnIn.add(document.timeline.currentTime);
    return draw.apply(this, given);
  };
}"""
"""``window.drawnIn`` has the time of each frame in which something of the candle chart was drawn."""


async def test_candles_are_drawn_anew_only_when_that_can_be_seen_while_figures_go_on(page, site):
    """A day's candle among 120 moves by less than a pixel, and that is drawn every two seconds."""
    await page.add_init_script(f"({DRAWN_IN})()")
    await visit(page, f"{site.url}/markets/BTC/?interval=1d")
    await until(page, DRAWN)
    await text_changes(page, "[data-legend]")
    await page.wait_for_timeout(2_000)
    await page.evaluate("window.drawnIn.clear()")
    for _ in range(5):
        await text_changes(page, "[data-legend]")
    await until(page, "() => window.drawnIn.size > 1")
    drawn = await page.evaluate("[...window.drawnIn]")
    assert min(later - earlier for earlier, later in pairwise(drawn)) > 900


WORKS = """async () => {
  const { name } = performance.getEntriesByType("resource").find(({ name }) => /\\/js\\/page\\./.test(name));
  const { onNextFrame } = await import(name);
  const [done, frames] = [[], []];
  const work = (word, ms, draws) => () => {
    done.push([word, document.timeline.currentTime]);
    for (const until = performance.now() + ms; performance.now() < until; );
    if (word === "broken") throw new Error(word);
    return draws;
  };
  const works = [["slow", 5], ["broken", 0], ["quick", 0], ["draws", 0, true], ["after", 0]];
  for (const one of works) onNextFrame(work(...one));
  while (done.length < works.length) {
    await new Promise(requestAnimationFrame);
    frames.push(document.timeline.currentTime);
  }
  return done.map(([word, at]) => [word, frames.indexOf(at)]);
}"""
"""Which work was done in which frame."""


async def test_slow_work_leaves_the_rest_to_later_frames_and_a_chart_gets_a_frame_for_itself(page, site):
    await page.goto(f"{site.url}/glossary/")
    done = await page.evaluate(WORKS)
    assert [word for word, _ in done] == ["slow", "broken", "quick", "draws", "after"]
    frames = dict(done)
    assert frames["slow"] < frames["broken"] < frames["quick"], "an error ends its own work only"
    assert frames["after"] >= frames["draws"] + 2
    assert page.complaints == ["broken"]
    page.complaints.clear()


WITHOUT_PICTURE = """addEventListener("readystatechange", () => document.querySelector(".picture")?.remove(), {
  capture: true,
})"""


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (200, {"bars": [], "as_of": None, "problem": ""}, "No candles."),
        (503, {"error": "The exchange is busy."}, "The exchange is busy. Trying again."),
    ],
)
async def test_without_candles_it_says_so_in_their_place(page, site, status, answer, words):
    await page.add_init_script(WITHOUT_PICTURE)
    await page.route("**/api/candles*", lambda route: route.fulfill(status=status, json=answer))
    await visit(page, f"{site.url}/markets/BTC/")
    await until(page, "(words) => document.querySelector('[data-chart-none]').textContent === words", words)
    assert await page.locator("[data-chart-none]").is_visible()
    assert await page.text_content("[data-chart-note]") == ""
    page.complaints = [text for text in page.complaints if "503" not in text]


PUTS = """async (texts) => {
  const { name } = performance.getEntriesByType("resource").find(({ name }) => /\\/js\\/page\\./.test(name));
  const { put } = await import(name);
  const cell = document.createElement("td");
  return texts.map((text) => {
    const before = cell.firstChild;
    put(cell, text);
    return [cell.textContent, cell.firstChild === before];
  });
}"""


async def test_a_figure_of_the_same_width_keeps_its_node_and_another_one_does_not(page, site):
    """A new node costs the styles of its table; a kept one that begins elsewhere would be a layout shift."""
    await page.goto(f"{site.url}/glossary/")
    texts = ["1,234.5", "1,239.9", "1,239.9", "11,239.9", "112,39.9", "−12,39.9", "", "—"]
    puts = await page.evaluate(PUTS, texts)
    assert [text for text, _ in puts] == texts
    assert [is_kept for _, is_kept in puts] == [False, True, True, False, False, False, False, False]


async def test_book_and_tape_agree_with_themselves(page, site):
    """Totals add up from the best level outwards, the spread is ask less bid, the newest trade is on top."""
    await visit(page, f"{site.url}/markets/ETH/")
    await until(page, BOOK)
    await until(page, "() => document.querySelectorAll('[data-tape] tbody tr')[1].cells[0].textContent")
    book = await page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('[data-side]')].map((body) => [body.dataset.side,"
        " [...body.rows].map((tr) => [...tr.cells].map((cell) => cell.textContent.trim()))]))"
    )
    spread = number(await page.text_content("[data-spread]"))
    asks = [[number(text) for text in row] for row in book["asks"][::-1] if row[0]]
    bids = [[number(text) for text in row] for row in book["bids"] if row[0]]
    assert spread > 0
    for side in (asks, bids):
        assert len(side) >= 3
        for (_, _, before), (_, size, total) in pairwise(side):
            assert total == pytest.approx(before + size, abs=1e-3)
    assert [px for px, *_ in asks] == sorted(px for px, *_ in asks)
    assert [px for px, *_ in bids] == sorted((px for px, *_ in bids), reverse=True)
    times = [text for text in await page.locator("[data-tape] .at").all_text_contents() if text]
    assert times == sorted(times, reverse=True)


async def test_the_interval_is_in_the_address_and_survives_a_reload(page, site):
    await visit(page, f"{site.url}/markets/BTC/")
    await until(page, DRAWN)
    assert await page.text_content(".intervals [aria-current=true]") == "1h"
    hourly = await page.text_content("[data-legend]")
    await page.click(".intervals a[data-interval='1d']")
    assert page.url.endswith("?interval=1d")
    await until(page, "(hourly) => document.querySelector('[data-legend]').textContent !== hourly", hourly)
    await page.reload()
    await until(page, DRAWN)
    assert await page.text_content(".intervals [aria-current=true]") == "1d"


async def test_an_unknown_interval_is_said_and_the_usual_one_shown(page, site):
    await visit(page, f"{site.url}/markets/BTC/?interval=7m")
    assert "“7m”" in await page.text_content("[data-misread]")
    await until(page, DRAWN)
    assert await page.text_content(".intervals [aria-current=true]") == "1h"


async def test_funding_is_a_chart_and_a_table_of_the_same_hours(page, site):
    await visit(page, f"{site.url}/markets/BTC/")
    await until(page, "() => document.querySelector('[data-funding-chart] canvas')?.width > 200")
    rows = await page.eval_on_selector_all("tr[data-t]", "rows => rows.map((tr) => Number(tr.dataset.t))")
    assert len(rows) >= 48
    assert rows == sorted(rows, reverse=True)
    assert re.fullmatch(r"[+−]\d\.\d{4}%", await page.text_content("tr[data-t] td"))
    assert re.fullmatch(r"\d\d:\d\d", await page.text_content("[data-countdown]"))


async def test_a_delisted_market_says_so_and_does_not_cry_stale(page, site):
    await visit(page, f"{site.url}/markets/MATIC/")
    assert "is delisted" in await page.text_content(".gone")
    await page.wait_for_timeout(2_500)
    assert await page.get_attribute("[data-pulse]", "data-state") == "live"
    assert await page.text_content("[data-alarm]") == ""


async def test_the_theme_changes_at_once_and_is_kept(page, site):
    await page.emulate_media(color_scheme="dark")
    await visit(page, f"{site.url}/markets/BTC/")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = await page.evaluate(background)
    await page.click("[data-theme-toggle]")
    chosen = await page.evaluate("document.documentElement.dataset.theme")
    bars = await page.eval_on_selector_all(
        "meta[data-of]", "all => all.map(({ dataset, media }) => [dataset.of, media])"
    )
    assert [of for of, media in bars if media == "all"] == [chosen]
    light = await page.evaluate(background)
    assert light != dark
    await page.reload()
    assert await page.evaluate(background) == light


async def test_without_script_the_page_is_a_snapshot_with_its_time(browser, site):
    async with opened(browser, java_script_enabled=False) as page:
        await page.goto(f"{site.url}/markets/BTC/")
        assert number(await page.text_content(".price .mark")) > 0
        assert re.search(r"as of \d\d:\d\d:\d\d UTC", await page.text_content(".ages"))
        drawn = await page.locator(".picture path").evaluate_all(
            "paths => paths.map(one => one.getAttribute('d')).join('')"
        )
        assert drawn.count("z") > 50
        assert await page.locator("tr[data-t]").count() >= 48
        assert (await page.text_content("[data-side=bids] .px")).strip()
        await page.click(".intervals a[data-interval='4h']")
        assert await page.text_content(".intervals [aria-current=true]") == "4h"
        drawn = await page.locator(".picture path").evaluate_all(
            "paths => paths.map(one => one.getAttribute('d')).join('')"
        )
        assert drawn.count("z") > 50


@pytest.mark.parametrize("width", [390, 1280])
async def test_nothing_moves_when_streams_go_stale_and_candles_are_late(page, site, width):
    await page.set_viewport_size({"width": width, "height": 844})
    await visit(page, f"{site.url}/markets/BTC/")
    await until(page, DRAWN)
    is_marked = await page.evaluate("""() => {
      const PARTS = "section, section > *"; // a figure with one digit more moves, too, and is not meant
      const began = performance.now(); // not what shifted while the page loaded
      window.shifted = [];
      new PerformanceObserver((list) => {
        for (const { startTime, sources } of list.getEntries())
          for (const { node } of startTime < began ? [] : sources)
            if (node?.matches?.(PARTS)) window.shifted.push(node);
      }).observe({ type: "layout-shift" });
      document.documentElement.dataset.stale = "prices contexts spot book trades candle";
      document.querySelector("[data-chart-note]").textContent = "The candles cannot be loaded. Trying again.";
      return document.querySelector("[data-stale-mark=candle]").checkVisibility(); // before the page judges anew
    }""")
    assert is_marked
    await page.wait_for_timeout(500)
    assert await page.evaluate("window.shifted.map((node) => node.className)") == []


async def test_on_a_phone_the_still_candles_begin_below_the_legend(browser, site):
    async with opened(browser, java_script_enabled=False, viewport={"width": 390, "height": 844}) as page:
        await page.goto(f"{site.url}/markets/BTC/")
        legend = await page.locator("[data-legend]").bounding_box()
        picture = await page.locator(".picture").bounding_box()
        assert legend["y"] + legend["height"] <= picture["y"]


async def test_buyers_against_sellers_move_and_add_up(page, site):
    await visit(page, f"{site.url}/markets/BTC/")
    await text_changes(page, "[data-cvd]")
    said = ("cvd", "bought-text", "sold-text")
    read = "(names) => names.map((name) => document.querySelector(`[data-${name}]`).textContent)"
    texts = await page.evaluate(read, said)
    delta, bought, sold = (number(text.removesuffix(" BTC").replace("−", "-")) for text in texts)
    assert delta == pytest.approx(bought - sold, abs=0.002 * (bought + sold))
    await page.get_by_role("link", name="4h", exact=True).last.click()
    await until(page, "() => location.search === '?cvd=4h'")
    await until(page, "() => document.querySelector('.spans [aria-current]').dataset.span === '4h'")
    assert "since" in await page.text_content(".pressure .note")


async def test_buyers_against_sellers_are_there_without_scripts(browser, site):
    async with opened(browser, java_script_enabled=False) as page:
        await page.goto(f"{site.url}/markets/BTC/?cvd=1h")
        await page.wait_for_selector(".pressure-picture .line")
        assert await page.get_attribute(".spans [aria-current]", "data-span") == "1h"
        assert re.fullmatch(r"[+−]?[\d,.]+ BTC", await page.text_content("[data-cvd]"))


NOTE_HEARD = """() => {
  window.eachMinute = [];
  const [set, every] = [Map.prototype.set, window.setInterval];
  Map.prototype.set = function (key, value) {
    if (Array.isArray(value) && value.length === 2 && value[0] > 1e12) window.heard = this;
    return set.call(this, key, value);
  };
  window.setInterval = (work, ms) => (ms === 60_000 && window.eachMinute.push(work), every(work, ms));
  addEventListener("readystatechange", () => {
    const part = document.querySelector(".pressure-body");
    if (part) Object.assign(part.dataset, { onlyTape: "", until: "0" });
  }, { capture: true });
}"""
"""The page is told that nobody records trades; ``window.heard`` is what it keeps of each that was heard."""
FORGETS = """() => {
  const before = window.heard?.size;
  for (const work of window.eachMinute) work();
  return window.heard?.size < before;
}"""


async def test_trades_that_nobody_records_are_forgotten_when_they_leave_the_tape(page, site):
    await page.add_init_script(f"({NOTE_HEARD})()")
    await visit(page, f"{site.url}/markets/BTC/")
    assert await page.locator(".pressure-body[data-only-tape]").count() == 1
    await until(page, FORGETS)
