"""How tests are shared out among the workers of ``-n``, and which of them coverage watches.

Every test goes to the next free worker, except those that belong together: tests that share a server of their
file, and those of the browser, of which there are three at a time. (``--dist loadgroup`` would do it, but xdist
3.8 names groups in a way that pytest 9.2 does not look at.)
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from coverage import Coverage
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parents[1]
BROWSER = "tests/e2e/"
BROWSERS = 3
"""Groups at a time: one after the other they take longer than all other tests."""
WATCHED = "tests/exchange/"
"""Tests of the package whose coverage is asked for; its quick ones are enough."""


class Sharing(LoadScopeScheduling):
    """Groups as ``group_of`` says, the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid) or nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log) -> Sharing:
    """Instead of what ``--dist`` names."""
    return Sharing(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the slow ones first, so that none is left for the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@cache
def browser_files() -> list[str]:
    """The files with tests of the browser."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / BROWSER).glob("test_*.py"))


@cache
def shares(file: str) -> bool:
    """Whether a file has something that all its tests use."""
    return 'scope="module"' in (ROOT / file).read_text()


def group_of(nodeid: str) -> str:
    """Of which tests one worker must run all; nothing for a test that any worker may run."""
    file = nodeid.partition("::")[0]
    if file.startswith(BROWSER):
        return f"browser {browser_files().index(file) % BROWSERS}"
    return file if shares(file) else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """``--cov=exchange`` nearly doubles the time, so that it rests in slow tests and those of other packages."""
    plugin = item.config.pluginmanager.getplugin("_cov")
    is_watched = item.nodeid.startswith(WATCHED) and item.get_closest_marker("slow") is None
    rests = item.config.getoption("cov_source", None) == ["exchange"] and not is_watched
    if not plugin or not plugin.cov_controller or not rests:
        return (yield)
    plugin.cov_controller.pause()
    while below := Coverage.current():  # pytest-cov 7 starts two in each worker, and only one is paused
        below.stop()
    try:
        return (yield)
    finally:
        plugin.cov_controller.resume()
