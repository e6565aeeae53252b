"""What holds for every page about accounts, in every state: axe finds nothing, nothing is too wide, no errors."""

import pytest

from tests.browser import opened
from tests.e2e.account_tour import CHAPTERS
from tests.e2e.axe import DESKTOP, of_ours, wrong
from tests.e2e.running import Installation

PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An installation with the users of the demonstration; passkeys need a name, so it is opened by one."""
    with Installation(tmp_path_factory.mktemp("site"), name="localhost") as running:
        running.manage("demo_users", "--without-alerts")
        yield running


@pytest.mark.parametrize("chapter", CHAPTERS)
async def test_axe_finds_nothing_in_both_themes_and_sizes_and_the_console_is_empty(browser, site, chapter):
    async with opened(browser, viewport=DESKTOP, reduced_motion="reduce") as page:
        page.set_default_timeout(PATIENCE_MS)
        found = {}
        async for name in CHAPTERS[chapter](page, site):
            found[name] = await wrong(page)
            await page.set_viewport_size(DESKTOP)
        assert {name: faults for name, faults in found.items() if faults} == {}
        assert of_ours(page.complaints) == []
