"""The order of history tables: asked for by their headings, kept from page to page, and no row lost or doubled."""

import html
import re
from itertools import chain

import pytest

from dashboard.pages.history import scope
from dashboard.pages.history import trips as trips_page
from tests.dashboard.history_stage import DAY, NIGHT, Stage, column, link, make_stage, text
from tests.snapshots.pnl.rows import funding

pytestmark = pytest.mark.django_db
NOW = NIGHT + 2 * DAY


@pytest.fixture
def stage(cast, monkeypatch) -> Stage:
    monkeypatch.setattr(scope, "now_ms", lambda: NOW)
    return make_stage(cast)


def sorted_by(page) -> dict[str, str]:
    """Heading → its ``aria-sort``."""
    return dict(re.findall(r'c-(\w+)[^>]* aria-sort="(\w+)"', page.content.decode()))


def asked(page, name: str) -> str:
    """Where a heading leads."""
    (address,) = re.findall(rf'c-{name}[^>]*><a class="sorts" href="([^"]*)"', page.content.decode())
    return html.unescape(address)


def all_pages(stage: Stage, address: str, onward: str, name: str) -> list[list[str]]:
    """A column of each page from the first to the last."""
    path, found = address.split("?")[0], []
    while address:
        page = stage.alice.get(address)
        found.append(column(page, name))
        address = path + link(page, onward) if f">{onward}</a>" in page.content.decode() else ""
    return found


def test_a_ledger_is_read_from_its_oldest_row_to_its_newest_without_losing_or_repeating_one(stage):
    stage.rounds(30)
    same = stage.trader.time + 1000
    for number in range(1, 46):
        stage.trader.buy("ETH", number, 5, at=same)  # all in one millisecond, over the edge of a page
    stage.keep(stage.her)
    stage.trader.buy("SOL", 7, 5, at=same)
    stage.keep(stage.second)
    newest = all_pages(stage, "/history/fills/", "Older", "size")
    oldest = all_pages(stage, "/history/fills/?sort=time", "Newer", "size")
    assert [len(page) for page in oldest] == [50, 50, 6]
    assert list(chain(*oldest)) == list(chain(*newest))[::-1]


def test_time_is_the_heading_of_a_ledger_that_sorts_and_turns_it_round(stage):
    stage.rounds(1)
    stage.keep(stage.her, funding("BTC", "-0.5", at=NIGHT))
    for tab in ("fills", "funding", "flows", "orders"):
        page = stage.alice.get(f"/history/{tab}/")
        assert sorted_by(page) == {"time": "descending"}
        turned = stage.alice.get(f"/history/{tab}/" + asked(page, "time"))
        assert sorted_by(turned) == {"time": "ascending"}
        assert asked(turned, "time") == "?"
    odd = stage.alice.get("/history/fills/?sort=price")
    assert "Not understood in the address: sort=price." in text(odd)


def test_a_filter_keeps_the_order(stage):
    stage.rounds(1)
    stage.keep(stage.her)
    page = stage.alice.get("/history/fills/?sort=time&coin=BTC")
    assert '<input type="hidden" name="sort" value="time">' in page.content.decode()
    assert column(page, "side") == ["Buy", "Sell"]


def test_results_are_sorted_among_all_of_them_before_they_are_cut(stage, monkeypatch):
    monkeypatch.setattr("dashboard.pages.history.result_table.MOST_LINES", 2)
    for coin, closed in (("BTC", 5), ("ETH", -20), ("SOL", 9)):
        stage.trader.buy(coin, 1, 100, at=NIGHT)
        stage.trader.sell(coin, 1, 100, closed=closed, at=NIGHT + 5000)
    stage.keep(stage.her)
    page = stage.alice.get("/history/")
    assert column(page, "name") == ["ETH", "SOL"]  # by how much, won or lost
    assert set(sorted_by(page).values()) == {"none"}
    most = stage.alice.get("/history/" + asked(page, "gain"))
    assert (column(most, "name"), sorted_by(most)["gain"]) == (["SOL", "BTC"], "descending")
    least = stage.alice.get("/history/" + asked(most, "gain"))
    assert column(least, "name") == ["ETH", "BTC"]
    assert column(stage.alice.get("/history/" + asked(page, "name")), "name") == ["BTC", "ETH"]
    days = stage.alice.get("/history/?by=day")
    assert sorted_by(days)["name"] == "descending"


def test_trips_are_sorted_by_what_they_earned_over_the_edges_of_pages(stage, monkeypatch):
    monkeypatch.setattr(trips_page, "SIZE", 2)
    for gain in (3, 1, 5, 1, 4):
        stage.trader.buy("BTC", 1, 100)
        stage.trader.sell("BTC", 1, 100 + gain, closed=gain)
    stage.trader.buy("SOL", 1, 7)
    stage.keep(stage.her)
    pages = all_pages(stage, "/history/trips/?sort=-gain", "More", "gain")
    assert pages == [["+$5.00", "+$4.00"], ["+$3.00", "+$1.00"], ["+$1.00", "$0.00"]]
    up = all_pages(stage, "/history/trips/?sort=gain", "More", "gain")
    assert list(chain(*up)) == ["$0.00", "+$1.00", "+$1.00", "+$3.00", "+$4.00", "+$5.00"]
    open_last = all_pages(stage, "/history/trips/?sort=closed", "More", "closed")
    assert open_last[-1][-1].startswith("open")
