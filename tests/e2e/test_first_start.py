"""The first minute of a demonstration: everything is asked for at once, and who looks has what he came for."""

import re
import time
from collections.abc import Iterator

import pytest
import requests

from accounts.demo import PASSWORD, WALLETS
from tests.e2e.running import Installation

SOON_S, PATIENCE_S = 10.0, 40.0
EQUITY = re.compile(r'data-account="(0x\w{40})".*?data-f="equity" data-raw="([^"]*)"', re.S)


@pytest.fixture(scope="module")
def trader(tmp_path_factory) -> Iterator[tuple[Installation, requests.Session]]:
    """A new installation as ``make demo`` starts it, and its trader's browser, signed in."""
    site = Installation(tmp_path_factory.mktemp("first"))
    site.site.command.append("--demo")
    with site, requests.Session() as browser:
        browser.get(f"{site.url}/account/login/")
        form = {"login": "trader", "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        assert browser.post(f"{site.url}/account/login/", form).url == f"{site.url}/markets/"
        yield site, browser


def test_every_wallet_says_what_it_is_worth_within_seconds(trader):
    site, browser = trader
    began, worth = time.monotonic(), {"nobody": ""}
    while "" in worth.values() and time.monotonic() < began + PATIENCE_S:
        worth = dict(EQUITY.findall(browser.get(f"{site.url}/portfolio/").text))
        time.sleep(0.2)
    assert set(worth) == set(WALLETS)
    assert "" not in worth.values()
    assert time.monotonic() - began < SOON_S


def test_an_alert_says_meanwhile_how_often_it_would_have_fired(trader):
    site, browser = trader
    page = browser.get(f"{site.url}/api/v1/alerts").json()
    alert = next(one for one in page["rows"] if one["metric"] == "mark")
    told = browser.get(f"{site.url}/alerts/{alert['id']}/", params={"days": "1"}).text
    assert "candles of 1m" in told
    assert "has not answered yet" not in told
