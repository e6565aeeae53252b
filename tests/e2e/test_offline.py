"""Without network: the last known page, marked as old, and nothing of anybody who has signed out."""

import json

from playwright.async_api import expect

from tests.browser import opened
from tests.e2e.looking import CONTROLLED, until, visit
from tests.e2e.people import sign_out, sign_up

KEPT = """async () => {
  const kept = [];
  for (const name of await caches.keys()) {
    if (!name.startsWith("pages")) continue;
    for (const { url } of await (await caches.open(name)).keys()) kept.push(new URL(url).pathname);
  }
  return kept.filter((path) => path !== "/~reader").sort();
}"""
SIZE = """async (url) => {
  const { width, height } = await createImageBitmap(await (await fetch(url)).blob());
  return `${width}x${height}`;
}"""


async def keep(page, site, *paths: str) -> None:
    """Visit pages with the worker in charge until it has kept them."""
    await until(page, CONTROLLED)
    for path in paths:
        await page.goto(site.url + path)
        await until(page, f"async () => (await ({KEPT})()).includes({json.dumps(path)})")


async def test_offline_the_last_page_is_shown_as_of_its_time_and_is_live_again_with_the_network(browser, site):
    async with opened(browser, service_workers="allow") as page:
        await visit(page, site.url)
        await keep(page, site, "/markets/")
        await page.context.set_offline(True)
        await page.goto(f"{site.url}/markets/")
        await expect(page.locator(".old")).to_contain_text("as of 20")
        assert await page.locator("[data-rows] tr").count() > 5
        await expect(page.locator("[data-pulse]")).not_to_have_attribute("data-state", "live")
        await page.wait_for_timeout(1500)  # its script has judged by now
        assert "live" not in (await page.text_content("[data-pulse]") or "").lower()
        assert await page.evaluate("document.documentElement.dataset.stale") != ""
        await page.goto(f"{site.url}/markets/BTC/")
        await expect(page.get_by_role("heading", name="No connection")).to_be_visible()
        await page.context.set_offline(False)
        await visit(page, f"{site.url}/markets/")
        await expect(page.locator(".old")).to_have_count(0)


async def test_offline_pages_are_dark_or_light_as_it_was_chosen_last(browser, site):
    async with opened(browser, service_workers="allow", color_scheme="light") as page:
        await visit(page, site.url)
        await keep(page, site, "/glossary/")
        await page.get_by_role("button", name="Change between dark and light").click()
        await page.context.set_offline(True)
        for path in ("/glossary/", "/markets/BTC/"):
            await page.goto(site.url + path)
            assert await page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark", path
            await expect(page.get_by_text("No connection").first).to_be_visible()


async def test_signing_out_clears_what_was_kept_and_pages_about_the_account_never_were(browser, site):
    async with opened(browser, service_workers="allow") as page:
        await sign_up(page, site.url, site.mailbox, "kept@example.org")
        await keep(page, site, "/portfolio/", "/alerts/")
        for path in ("/account/", "/account/2fa/", "/account/sessions/", "/alerts/destinations/", "/wallets/"):
            await page.goto(site.url + path)
        await page.goto(f"{site.url}/glossary/")
        assert set(await page.evaluate(KEPT)) <= {"/portfolio/", "/alerts/", "/markets/", "/glossary/"}
        await sign_out(page)
        await until(page, f"async () => !(await ({KEPT})()).includes('/portfolio/')")
        await page.context.set_offline(True)
        await page.goto(f"{site.url}/portfolio/")
        await expect(page.get_by_role("heading", name="No connection")).to_be_visible()


async def test_a_session_that_ended_or_another_reader_on_the_same_browser_finds_nothing_of_the_one_before(
    browser, site
):
    async with opened(browser, service_workers="allow") as page:
        await sign_up(page, site.url, site.mailbox, "first@example.org")
        await keep(page, site, "/portfolio/")
        await page.context.clear_cookies()  # the session is gone without a word
        await page.goto(f"{site.url}/glossary/")
        await until(page, f"async () => !(await ({KEPT})()).includes('/portfolio/')")
        await sign_up(page, site.url, site.mailbox, "second@example.org")
        await page.context.set_offline(True)
        await page.goto(f"{site.url}/portfolio/")
        await expect(page.get_by_role("heading", name="No connection")).to_be_visible()


async def test_a_new_version_of_the_worker_takes_over_in_the_same_registration_and_tidies_up(browser, site):
    """An older one, under another address at the same scope: subscriptions belong to the registration."""
    async with opened(browser, service_workers="allow") as page:
        await page.route("**/js/page*.js", lambda route: route.abort())
        await page.goto(f"{site.url}/glossary/")
        await page.evaluate("""async () => {
          window.before = await navigator.serviceWorker.register("/push-worker.js?old");
          await navigator.serviceWorker.ready;
          await caches.open("pages-0");
        }""")
        same = await page.evaluate("""async () => {
          await new Promise((done) => setTimeout(done, 500));
          return (await navigator.serviceWorker.register("/push-worker.js")) === window.before;
        }""")
        assert same
        await until(page, "() => window.before.active?.scriptURL.endsWith('/push-worker.js')")
        await until(page, "async () => !(await caches.keys()).includes('pages-0')")


async def test_browsers_find_the_site_installable(browser, site):
    async with opened(browser, service_workers="allow") as page:
        await page.goto(site.url)
        devtools = await page.context.new_cdp_session(page)
        found = await devtools.send("Page.getAppManifest")
        assert found["errors"] == []
        manifest = json.loads(found["data"])
        for icon in manifest["icons"]:
            size = await page.evaluate(SIZE, icon["src"])
            assert size == icon["sizes"]
        errors = (await devtools.send("Page.getInstallabilityErrors"))["installabilityErrors"]
        assert {error["errorId"] for error in errors} <= {"in-incognito"}  # as every profile of a test is
