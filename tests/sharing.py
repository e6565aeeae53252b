"""How tests are shared out among the workers of ``-n``, and which of them coverage watches.

Under ``--dist loadgroup`` every test goes to the next free worker, except those that belong together: tests
that share a server of their file, and those of the browser, of which there is one at a time.
"""

from collections.abc import Iterator

import pytest

BROWSER = "tests/e2e/"
WATCHED = "tests/exchange/"
"""Tests of the package whose coverage is asked for."""


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the group of each test, and bring the slow ones first, so that none is left for the end."""
    for item in items:
        if group := group_of(item):
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def group_of(item: pytest.Item) -> str:
    """Of which tests one worker must run all; nothing for a test that any worker may run."""
    file = item.nodeid.partition("::")[0]
    if file.startswith(BROWSER):
        return "browser"
    fixtures = getattr(item, "_fixtureinfo").name2fixturedefs.values()  # noqa: B009 - pytest has no public way
    ours = (found for definitions in fixtures for found in definitions if found.baseid)
    shares = any(found.scope == "module" for found in ours)
    return file if shares else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """With ``--cov=exchange`` coverage rests, which nearly doubles the time, while other packages are tested."""
    plugin = item.config.pluginmanager.getplugin("_cov")
    rests = item.config.getoption("cov_source", None) == ["exchange"] and not item.nodeid.startswith(WATCHED)
    if not plugin or not plugin.cov_controller or not rests:
        return (yield)
    plugin.cov_controller.pause()
    try:
        return (yield)
    finally:
        plugin.cov_controller.resume()
