"""Large public trades: above a threshold of each coin, page by page, with the coverage of each coin."""

import pytest

from snapshots import coverage
from snapshots.models import TradeSnapshot
from snapshots.models.trade import COLUMNS
from tests.dashboard.history_stage import HERS, NIGHT, Stage, column, link, make_stage, text
from tests.snapshots.wires import ALICE, BOB, trade

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(cast) -> Stage:
    return make_stage(cast)


def keep(*trades) -> None:
    rows = (TradeSnapshot.values_of(one, NIGHT) for one in trades)
    TradeSnapshot.objects.bulk_create(TradeSnapshot(**dict(zip(COLUMNS, row, strict=True))) for row in rows)
    for coin in {one.coin for one in trades}:
        coverage.cover(f"trades:{coin}", NIGHT, NIGHT + 3_600_000, NIGHT)


def test_each_coin_has_its_own_threshold_and_small_trades_are_not_shown(stage):
    keep(
        trade(1, NIGHT + 1, sz="0.1"),  # 8,414
        trade(2, NIGHT + 2, sz="2", side="A"),  # 168,286
        trade(3, NIGHT + 3, sz="20"),  # 1,682,860
        trade(4, NIGHT + 4, coin="ETH", sz="1"),  # 84,143
    )
    page = stage.alice.get("/trades/large/")
    assert column(page, "gain") == ["$1,682,860.00", "$168,286.00"]
    assert column(page, "side") == ["Buy", "Sell"]
    assert column(page, "time") == ["2025-11-25 00:00:00"] * 2
    only = stage.alice.get("/trades/large/?over.BTC=1000000&over.ETH=50000")
    assert column(only, "coin") == ["ETH", "BTC"]
    assert column(stage.alice.get("/trades/large/?over.BTC=0&over.ETH=1"), "coin") == ["ETH"]
    assert column(stage.alice.get("/trades/large/?over.BTC=0&over.ETH=0"), "coin") == []
    assert stage.alice.get("/trades/large/?over.BTC=-5&over.ETH=x&after=y").status_code == 200


def test_parties_are_named_as_the_user_names_them(stage):
    stage.cast.alice.wallets.filter(address=HERS).update(address=ALICE)
    keep(trade(1, NIGHT, sz="5"))
    page = stage.alice.get("/trades/large/")
    assert column(page, "buyer") == ["Hers <b> in your list"]
    assert column(page, "seller") == ["0xb2b2…b2b2"]
    assert f'href="/wallets/{BOB}/"' in page.content.decode()


def test_pages_follow_each_other_without_losing_or_repeating_a_trade(stage):
    keep(*(trade(n, NIGHT + n // 7, sz=str(5 + n)) for n in range(230)))
    address, seen = "/trades/large/", []
    for count in (100, 100, 30):
        page = stage.alice.get(address)
        assert len(column(page, "time")) == count
        seen += column(page, "size")
        if count == 100:
            address = "/trades/large/" + link(page, "Older")
    assert len(set(seen)) == 230
    assert "over.BTC=100000" in address
    assert "Older</a>" not in page.content.decode()


def test_the_coverage_of_each_coin_is_drawn_and_without_any_the_page_says_so(stage):
    assert "No public trades are recorded yet" in text(stage.alice.get("/trades/large/"))
    keep(trade(1, NIGHT, sz="5"), trade(2, NIGHT, coin="ETH", sz="5"))
    coverage.gap("trades:ETH", NIGHT + 60_000, NIGHT + 61_000, "reconnected", NIGHT)
    page = text(stage.alice.get("/trades/large/"))
    assert "BTC From 25 Nov 2025 00:00 to 25 Nov 2025 01:00: complete." in page
    assert "(1 s): reconnected" in page


def test_the_number_of_queries_does_not_depend_on_what_there_is(stage, django_assert_num_queries):
    """The user, coverage, coins of late, trades, wallets."""
    keep(trade(1, NIGHT, sz="5"))
    stage.alice.get("/trades/large/")
    keep(*(trade(n, NIGHT + n, coin=f"C{n % 20}", sz="5") for n in range(2, 300)))
    with django_assert_num_queries(6):
        stage.alice.get("/trades/large/")


def test_trades_show_before_anything_is_claimed_about_their_record(stage):
    keep(trade(1, NIGHT, coin="NEWCOIN", sz="50"))
    coverage.Coverage.objects.all().delete()
    page = stage.alice.get("/trades/large/").content.decode()
    assert "NEWCOIN" in page
    assert "No public trades are recorded yet" not in page
