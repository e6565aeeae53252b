"""Results: the calendar in the reader's zone, totals that add up, results by anything, honest about holes."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from dashboard.pages.history import scope
from dashboard.pages.money import short
from snapshots import coverage, trips
from tests.dashboard.history_stage import DAY, HERS, NIGHT, SECOND, Stage, column, complete, link, make_stage, text
from tests.snapshots.pnl.rows import funding

pytestmark = pytest.mark.django_db
NOW = NIGHT + 2 * DAY + 43_200_000
"""27 November 2025, noon in Berlin."""


@pytest.fixture
def stage(cast, monkeypatch) -> Stage:
    monkeypatch.setattr(scope, "now_ms", lambda: NOW)
    return make_stage(cast)


def days(page) -> dict[int, tuple[str, str]]:
    """Date → (classes, text) of the fields of the calendar."""
    cells = re.findall(r'<td class="day([^"]*)"[^>]*>(.*?)</td>', page.content.decode(), re.S)
    found = {}
    for classes, inside in cells:
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", inside)).split()
        found[int(words[0].rstrip(","))] = (classes.strip(), " ".join(words[1:]))
    return found


def fill_a_month(stage: Stage) -> None:
    stage.trader.buy("BTC", 1, 100, fee="0.25", at=NIGHT - 1)
    stage.trader.sell(
        "BTC", 1, 110, fee="0.25", closed=10, at=NIGHT
    )  # one millisecond later, the next day in Berlin
    stage.trader.buy("xyz:TSLA", 1, 50, at=NIGHT + DAY)
    stage.trader.sell("xyz:TSLA", 1, 30, closed=-20, at=NIGHT + DAY + 5000)
    stage.keep(stage.her, funding("BTC", "-0.5", at=NIGHT))
    stage.trader.buy("ETH", 1, 1000, at=NIGHT + DAY)
    stage.trader.sell("ETH", 1, 3500, closed=2500, at=NIGHT + DAY + 9000)
    stage.keep(stage.second)


def test_a_day_is_the_readers_day_and_its_shade_goes_with_its_size(stage):
    fill_a_month(stage)
    complete(HERS, end=NOW)
    complete(SECOND, end=NOW)
    page = stage.alice.get("/history/")
    found = days(page)
    assert found[24] == ("down-1", "−$0.25 1 fill")
    assert found[25] == ("up-1", "+$9.25 1 fill")  # 10 - 0.25 - 0.5
    assert found[26] == ("up-4", "+$2.48K 4 fills")
    assert found[27] == ("today", "")
    assert found[28] == ("future", "")
    assert "November 2025" in text(page)
    only = stage.alice.get(f"/history/?wallet={HERS}")
    assert days(only)[26] == ("down-4", "−$20.00 2 fills")


def test_the_month_in_the_address_is_shown_and_leads_to_its_neighbours(stage):
    fill_a_month(stage)
    page = stage.alice.get("/history/?month=2025-10&coin=BTC")
    assert "October 2025" in text(page)
    assert not any("$" in words for _, words in days(page).values())
    assert 'href="?coin=BTC&amp;month=2025-09" aria-label="Month before"' in page.content.decode()
    assert 'href="?coin=BTC&amp;month=2025-11" aria-label="Next month"' in page.content.decode()
    assert b"Next month" not in stage.alice.get("/history/").content
    for odd in ("2025-13", "x", "9999-01", "0001-01"):
        assert stage.alice.get(f"/history/?month={odd}").status_code == 200


def test_a_day_leads_to_its_own_fills(stage):
    fill_a_month(stage)
    page = stage.alice.get(f"/history/?wallet={HERS}")
    leads = link(page, re.escape("+$9.25"))
    assert leads == f"/history/fills/?wallet={HERS}&from=2025-11-25&to=2025-11-25"
    assert column(stage.alice.get(leads), "side") == ["Sell"]


def test_totals_are_the_sum_of_every_table_of_results(stage):
    fill_a_month(stage)
    page = text(stage.alice.get("/history/"))
    assert "Net +$2,489.00" in page  # 10 - 0.5 - 0.5 - 20 + 2500
    assert "Price PnL +$2,490.00" in page
    assert "Fees $0.50 on $4,790.00" in page
    assert "Funding −$0.50" in page
    assert "Best day +$2,480.00" in page
    for by in ("coin", "dex", "wallet", "day", "week", "month"):
        table = stage.alice.get(f"/history/?by={by}")
        net = sum(float(re.sub(r"[$,+]", "", cell).replace("−", "-")) for cell in column(table, "gain"))
        assert net == 2489.0, by


def test_results_are_told_apart_by_what_was_asked_for(stage):
    fill_a_month(stage)

    def names(by: str) -> list[str]:
        page = stage.alice.get(f"/history/?by={by}")
        return column(page, "coin") or column(page, "name")

    assert names("coin") == ["ETH", "xyz:TSLA", "BTC"]
    assert names("dex") == ["Hyperliquid", "xyz"]
    assert names("wallet") == ["0xe5e5…e5e5", "Hers <b>"]
    assert names("day") == ["Wed 26 Nov 2025", "Tue 25 Nov 2025", "Mon 24 Nov 2025"]
    assert names("week") == ["Week of 24 Nov 2025"]
    assert names("month") == ["November 2025"]
    page = stage.alice.get("/history/?by=day")
    assert "from=2025-11-25&to=2025-11-25" in link(page, "Tue 25 Nov 2025")


def test_dates_narrow_the_figures_and_a_range_of_nothing_says_so(stage):
    fill_a_month(stage)
    one = text(stage.alice.get("/history/?from=2025-11-25&to=2025-11-25"))
    assert "25 Nov 2025 to 25 Nov 2025, days in Europe/Berlin" in one
    assert "Net +$9.25" in one
    everything = text(stage.alice.get("/history/?from=2023-01-01"))
    assert "Everything until 27 Nov 2025" in everything
    none = text(stage.alice.get("/history/?from=2025-01-01&to=2025-01-02"))
    assert "Nothing was traded or paid in this time, as far as the record goes." in none


def test_trips_are_counted_by_when_they_closed(stage):
    fill_a_month(stage)
    page = text(stage.alice.get("/history/?from=2025-11-26"))
    assert "Whole trips 2 all whole" in page
    assert "Win rate 50.0% 1 won, 1 lost" in page
    assert "Whole trips 3" in text(stage.alice.get("/history/"))


def test_days_that_are_not_known_to_be_complete_are_marked(stage):
    fill_a_month(stage)
    complete(HERS, start=NIGHT - 3 * DAY, end=NOW - 1000)
    coverage.gap(f"twaps:{HERS}", NIGHT + 5000, NIGHT + 6000, "cut", NOW)
    page = stage.alice.get(f"/history/?wallet={HERS}")
    unsure = {day for day, (classes, _) in days(page).items() if "not-whole" in classes}
    assert unsure == {*range(1, 22), 25}
    assert "Hatched days are not known to be complete" in text(page)
    assert (
        "not complete" in re.search(r'<span class="date">25<span class="said">([^<]*)', page.content.decode())[1]
    )


def test_a_token_without_a_price_is_left_out_and_named(stage):
    stage.trader.sell("flx:GOLD", 1, 50, fee="0.5", fee_token="USDH", at=NIGHT)
    stage.trader.buy("flx:GOLD", 1, 40, fee="0.5", fee_token="USDH", closed=10)
    stage.keep(stage.her)
    page = text(stage.alice.get("/history/"))
    assert "USDH has no price here and is left out" in page
    assert "Net $0.00" in page


def test_the_number_of_queries_does_not_depend_on_what_there_is(stage, django_assert_num_queries):
    """The user, wallets, accounts, books, day results, four of the trips' window, coverage, back-fill."""
    stage.alice.get("/history/")
    trips._kept.clear()
    with django_assert_num_queries(12):
        stage.alice.get("/history/")
    fill_a_month(stage)
    for n in range(30):
        stage.trader.buy(f"C{n}", 1, 10)
    stage.keep(stage.her)
    complete(HERS)
    stage.alice.get("/history/")  # sums the days that are new
    trips._kept.clear()
    for by in ("", "?by=week", "?from=2023-01-01"):
        trips._kept.clear()
        with django_assert_num_queries(12):
            stage.alice.get(f"/history/{by}")


def test_now_is_the_clock_of_this_process():
    assert abs(scope.now_ms() - datetime.now(UTC).timestamp() * 1000) < 60_000


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "$0.00"),
        ("-93.641", "−$93.64"),
        ("922.4", "+$922"),
        ("999.4", "+$999"),
        ("999.6", "+$1.00K"),
        ("-12974.26", "−$13.0K"),
        ("7375.93", "+$7.38K"),
        ("999499", "+$999K"),
        ("999500", "+$1.00M"),
        ("-123456789012.3", "−$123B"),
    ],
)
def test_a_field_of_the_calendar_has_three_digits(amount, text):
    assert short(Decimal(amount)) == text
