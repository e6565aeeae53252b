"""One installation for each module: its tests share a site, no module another's outage."""

import pytest
import pytest_asyncio

from tests.browser import opened
from tests.e2e.running import Installation


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A whole installation against a small simulated exchange of its own."""
    with Installation(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser):
    """A page on which the test must not leave an error in the console."""
    async with opened(browser) as page:
        yield page
    assert page.complaints == []
