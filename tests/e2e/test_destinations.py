"""Destinations in a browser: an address is added, verified and tried; a browser is subscribed and told."""

import asyncio
import json
import re

import pytest

from tests.alerts.test_push import Browser, running
from tests.browser import opened
from tests.e2e.axe import DESKTOP, of_ours, wrong
from tests.e2e.looking import until
from tests.e2e.people import confirm, sign_up
from tests.e2e.running import Installation

SUBSCRIBE = """(subscription) => {
  PushManager.prototype.subscribe = async function ({ applicationServerKey }) {
    window.asked = applicationServerKey.length;
    const { endpoint, p256dh, auth } = subscription;
    return { endpoint, toJSON: () => ({ endpoint, keys: { p256dh, auth } }) };
  };
}"""
"""What the service of the browser's maker would answer: a browser in a test has none."""
SHOWN = """async () => {
  const worker = await navigator.serviceWorker.ready;
  const shown = await worker.getNotifications();
  return shown.map(({ title, body, tag, data }) => [title, body, tag, new URL(data.url).pathname]);
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Its users may have messages sent to this machine, on which the receivers of the tests are."""
    running = Installation(tmp_path_factory.mktemp("site"), name="localhost")
    running.environment["ALERTS_ALLOW_PRIVATE"] = "true"
    with running:
        yield running


def mail_to(site, email: str) -> str:
    """The newest mail to this address."""
    mails = sorted(site.mailbox.folder.glob("*"), key=lambda path: path.stat().st_mtime_ns)
    return [text for path in mails if f"To: {email}" in (text := path.read_text())][-1]


async def test_an_address_is_added_verified_tried_stopped_and_removed(page, site):
    await sign_up(page, site.url, site.mailbox, "fay@example.org")
    await page.goto(f"{site.url}/alerts/destinations/")
    assert await wrong(page) == []
    await page.set_viewport_size(DESKTOP)
    await page.get_by_role("link", name="Email").last.click()
    await confirm(page)
    await page.get_by_label("Name").fill("Desk")
    await page.get_by_label("Address").fill("desk@example.org")
    assert await wrong(page) == []
    await page.set_viewport_size(DESKTOP)
    await page.get_by_role("button", name="Add").click()
    await page.get_by_text("A code is on its way").wait_for()
    assert await wrong(page) == []
    await page.get_by_label("Code that was sent there").fill("000000")
    await page.get_by_role("button", name="Confirm").click()
    await page.get_by_text("This is not the code").wait_for()
    code = re.search(r"The code is (\d{6})\.", mail_to(site, "desk@example.org"))[1]
    await page.get_by_label("Code that was sent there").fill(code)
    await page.get_by_role("button", name="Confirm").click()
    await page.get_by_text("is verified").first.wait_for()
    await page.get_by_role("button", name="Send a test to Desk").click()
    await page.get_by_text("was accepted there").wait_for()
    assert "This is a test" in mail_to(site, "desk@example.org")
    await page.get_by_text("Change Desk").click()
    await page.get_by_role("button", name="Remove Desk").click()
    await page.get_by_text("Desk is removed").wait_for()


async def test_a_webhook_that_is_gone_is_said_to_be_and_stopped_until_it_is_resumed(page, site):
    await sign_up(page, site.url, site.mailbox, "gus@example.org")
    with running() as hook:
        await page.goto(f"{site.url}/alerts/destinations/add/webhook/")
        await confirm(page)
        await page.get_by_label("Address").fill(f"{hook.url}/alerts")
        await page.get_by_role("button", name="Add").click()
        await page.get_by_text("Copy its signing key now").wait_for()
        assert await wrong(page) == []
        hook.status = 410
        await page.goto(f"{site.url}/alerts/destinations/")
        await page.get_by_role("button", name="Send a test").click()
        await page.get_by_text("gone for good").first.wait_for()
        assert await wrong(page) == []
        hook.status = 200
        await page.get_by_role("button", name="again").click()
        await page.get_by_role("button", name="Send a test").click()
        await page.get_by_text("was accepted there").wait_for()


async def test_a_browser_is_subscribed_by_a_click_and_shows_what_is_told_while_no_page_is_open(
    whole_browser, site
):
    phone = Browser()
    with running() as service:
        async with opened(whole_browser, permissions=["notifications"], service_workers="allow") as page:
            await sign_up(page, site.url, site.mailbox, "hal@example.org")
            subscription = phone.subscription(f"{service.url}/send/abcd")
            await page.add_init_script(f"({SUBSCRIBE})({json.dumps(subscription)})")
            await page.goto(f"{site.url}/alerts/destinations/")
            assert await page.evaluate("window.asked") is None, "nothing is asked before the click"
            await page.get_by_role("button", name="Notify this browser").click()
            await confirm(page)
            await page.get_by_text("is added").wait_for()
            await page.get_by_role("button", name="Send a test").click()
            await page.get_by_text("was accepted there").wait_for()
            told = phone.read(service.taken[-1][1])
            await deliver(page, site.url, json.dumps(told))
            await until(
                page, "async () => (await (await navigator.serviceWorker.ready).getNotifications()).length"
            )
            assert await page.evaluate(SHOWN) == [
                [told["title"], told["text"], told["key"], "/alerts/destinations/"],
            ]
            assert of_ours(page.complaints) == []


async def deliver(page, origin: str, data: str) -> None:
    """Hand the message to the worker, as the browser does when its maker's service has one."""
    session = await page.context.new_cdp_session(page)
    registered = asyncio.get_running_loop().create_future()

    def known(event) -> None:
        for one in event["registrations"]:
            if not registered.done():
                registered.set_result(one["registrationId"])

    session.on("ServiceWorker.workerRegistrationUpdated", known)
    await session.send("ServiceWorker.enable")
    async with asyncio.timeout(60):
        number = await registered
    message = {"origin": origin, "registrationId": number, "data": data}
    await session.send("ServiceWorker.deliverPushMessage", message)


async def test_a_browser_that_was_told_no_says_so_and_how_to_change_that(whole_browser, site):
    async with opened(whole_browser) as page:
        await page.add_init_script("Notification.requestPermission = async () => 'denied'")
        await sign_up(page, site.url, site.mailbox, "ivy@example.org")
        await page.goto(f"{site.url}/alerts/destinations/")
        await page.get_by_role("button", name="Notify this browser").click()
        await page.get_by_text("Change that in its settings").wait_for()
