"""The status page in a real browser: it brings itself up to date, tells of an outage, and nothing jumps."""

from tests.e2e.looking import COUNT_SHIFTS, until, visit

STATE = """(name) => [...document.querySelectorAll(".service")].find((one) =>
  one.querySelector("h3").textContent === name)?.querySelector(".state").textContent.trim()"""
IS = f"([name, word]) => (({STATE})(name) ?? '').endsWith(word)"


async def test_an_outage_of_the_exchange_shows_by_itself_and_is_on_record_when_it_is_over(page, site):
    await page.add_init_script(f"({COUNT_SHIFTS})()")
    await visit(page, f"{site.url}/status/")
    await until(page, IS, ["Exchange stream", "Up"])
    await until(page, IS, ["History", "Up"])
    await until(page, "() => document.querySelector('.bars')")
    await page.evaluate("window.first = document.querySelector('[data-section=overall]')")
    await until(page, "() => !window.first.isConnected")  # it was replaced: the measurement is another one
    assert await page.evaluate("window.shifted.filter(([value]) => value > 0.01)") == []

    site.exchange.kill()
    await until(page, IS, ["Exchange stream", "Down"])
    await until(page, IS, ["Exchange REST", "Down"])
    assert await page.evaluate(STATE, "Database") == "● Up"
    assert await page.evaluate(STATE, "Feed") == "● Up"
    await until(page, "() => /Working, with limits/.test(document.querySelector('.status-overall').textContent)")
    await until(
        page, "() => /Down\\s+Exchange stream[^]*now/.test(document.querySelector('.incidents')?.innerText)"
    )

    site.exchange.start()
    await until(page, IS, ["Exchange stream", "Up"])
    ended = "() => [...document.querySelectorAll('.incidents li')].some((one) =>"
    ended += " /Exchange stream/.test(one.innerText) && !/now/.test(one.innerText))"
    await until(page, ended)


async def test_what_was_opened_stays_open_and_the_page_says_when_it_cannot_be_brought_up_to_date(page, site):
    await visit(page, f"{site.url}/status/")
    await until(page, "() => document.querySelector('.service details')")
    await page.click(".service details summary")
    await page.evaluate("window.first = document.querySelector('[data-section=services]')")
    await page.evaluate("document.activeElement.blur()")
    await until(page, "() => !window.first.isConnected")
    assert await page.evaluate("document.querySelector('.service details').open")
    await page.route("**/parts/status", lambda route: route.fulfill(status=503, body="no"))
    await until(page, "() => !document.querySelector('[data-refresh]').hidden")
    await page.unroute("**/parts/status")
    await until(page, "() => document.querySelector('[data-refresh]').hidden")
    page.complaints = [one for one in page.complaints if "503" not in one]
