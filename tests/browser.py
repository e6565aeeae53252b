"""A real Chromium for tests marked ``browser``.

Where Debian's ``chromium-headless-shell`` is installed beside it, that is used: the same engine without what a
window needs, for half the processor time. What only a whole Chromium has (push) is asked of ``whole_browser``.

One browser serves the whole session, so these tests share the session's event loop: a test that
takes ``browser`` or ``page`` is ``async`` and is moved to that loop here.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
SHELL = "chromium-headless-shell"
FIXTURES = {"browser", "whole_browser", "page"}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Path of the whole browser: ``CHROMIUM``, or the first one that is installed."""
    given = os.environ.get("CHROMIUM")
    return given or next((found for name in CANDIDATES if (found := shutil.which(name))), None)


def quickest() -> str | None:
    """Path of the browser that most tests use: ``CHROMIUM``, the shell, or a whole one."""
    return os.environ.get("CHROMIUM") or shutil.which(SHELL) or chromium()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the browser, run it on the session's loop, skip it with a reason without one."""
    for item in items:
        asked = FIXTURES & set(getattr(item, "fixturenames", ()))
        if not asked:
            continue
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
        if not (chromium() if "whole_browser" in asked else quickest()):
            item.add_marker(pytest.mark.skip(reason="needs Chromium: install it or set CHROMIUM to its path"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator:
    """A headless Chromium that talks to nobody but the page's own server."""
    async with launched(quickest()) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def whole_browser() -> AsyncIterator:
    """As ``browser``, with all that a Chromium with windows has."""
    async with launched(chromium()) as running:
        yield running


@asynccontextmanager
async def launched(path: str | None) -> AsyncIterator:
    """The Chromium of that path, until the block is over."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        await running.close()


@asynccontextmanager
async def opened(browser, **options) -> AsyncIterator:
    """A page in a profile of its own (``options``: Playwright's of ``new_context``).

    There is no service worker unless ``service_workers="allow"``.
    ``page.complaints`` collects console errors, policy violations among them, and uncaught exceptions.
    """
    options.setdefault("service_workers", "block")  # what a worker fetches, `page.route` does not see
    context = await browser.new_context(**options)
    page = await context.new_page()
    page.complaints = []
    page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    try:
        yield page
    finally:
        await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser) -> AsyncIterator:
    """A page as ``opened`` gives it, without options."""
    async with opened(browser) as page:
        yield page
