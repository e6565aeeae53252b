"""What was earned by anything: hand-computed, in two tokens, over midnight of a zone, and brought up to date."""

from datetime import date
from decimal import Decimal

import pytest

from snapshots.models import Account, DayBook, Fill, FundingPayment
from snapshots.results import (
    bring_up_to_date,
    collaterals,
    day_results,
    earned_by,
    max_drawdown,
    money_of_coins,
    span_of,
)
from snapshots.store import store
from tests.snapshots.pnl.rows import OTHER, OWNER, PAIRS, D, Trader, funding

pytestmark = pytest.mark.django_db
ZONE = "Europe/Berlin"
MIDNIGHT = 1_764_025_200_000
"""2025-11-25 00:00 in Berlin, Unix ms."""
RATES = {"USDC": Decimal(1), "USDH": Decimal("0.5")}


@pytest.fixture
def accounts() -> list[Account]:
    made = [Account.objects.create(address=one, added_at=0) for one in (OWNER, OTHER)]
    first = Trader(MIDNIGHT - 10_000)
    first.buy("BTC", 1, 100, fee="0.1")
    first.sell("BTC", 1, 130, fee="0.2", closed=30, at=MIDNIGHT - 1)
    first.sell("flx:GOLD", 2, 50, fee="0.4", fee_token="USDH", at=MIDNIGHT)
    first.buy("flx:GOLD", 2, 60, fee="0.6", fee_token="USDH", closed=-20)
    second = Trader(MIDNIGHT)
    second.buy("@107", 10, 20, fee="0.01", fee_token="HYPE")
    keep(made[0], first, funding("flx:GOLD", -3, at=MIDNIGHT + 5000), funding("BTC", 1, at=MIDNIGHT - 2))
    keep(made[1], second)
    return made


def keep(account: Account, trader: Trader, *payments) -> None:
    store([Fill.of_wire(account.pk, fill, 0) for fill in trader.fills])
    store([FundingPayment.of_wire(account.pk, one, 0) for one in payments])


def rows_of(accounts: list[Account], **narrow):
    numbers = [one.pk for one in accounts]
    bring_up_to_date(numbers, ZONE)
    return day_results(numbers, ZONE, narrow.get("first"), narrow.get("last"), narrow.get("coin", ""))


def test_sums_by_day_coin_and_account_are_those_worked_out_by_hand(accounts):
    rows = rows_of(accounts)
    money = money_of_coins(rows, PAIRS)
    assert money == {"BTC": "USDC", "flx:GOLD": "USDH", "@107": "USDC"}
    days = earned_by(rows, lambda row: row.day, money, RATES.get)
    assert {day.isoformat(): one.net for day, one in days.items()} == {
        "2025-11-24": D("30.7"),  # 30 - 0.1 - 0.2 + 1
        "2025-11-25": D("-12"),  # half of -20 - 0.4 - 0.6 - 3
    }
    coins = earned_by(rows, lambda row: row.coin, money, RATES.get)
    gold = coins["flx:GOLD"]
    assert (gold.price, gold.fees, gold.funding, gold.volume, gold.fills, gold.payments) == (
        D(-10),
        D("0.5"),
        D("-1.5"),
        D(110),
        2,
        1,
    )
    assert coins["@107"].unpriced == {"HYPE"}
    assert (coins["@107"].fees, coins["@107"].volume) == (0, 200)
    accounts_sums = earned_by(rows, lambda row: row.account, money, RATES.get)
    assert accounts_sums[accounts[0].pk].net + accounts_sums[accounts[1].pk].net == D("18.7")


def test_days_and_a_coin_narrow_it(accounts):
    assert {row.coin for row in rows_of(accounts, last=date(2025, 11, 24))} == {"BTC"}
    assert {row.coin for row in rows_of(accounts, first=date(2025, 11, 25))} == {"flx:GOLD", "@107"}
    assert {row.day.day for row in rows_of(accounts, coin="BTC")} == {24}


def test_reading_costs_two_queries_and_a_new_fill_is_in_the_next_answer(accounts, django_assert_num_queries):
    rows_of(accounts)
    with django_assert_num_queries(2):
        rows_of(accounts)
    trader = Trader(MIDNIGHT + 60_000)
    trader.buy("ETH", 1, 10)
    keep(accounts[1], trader)
    assert "ETH" in {row.coin for row in rows_of(accounts)}
    assert set(DayBook.objects.values_list("zone", flat=True)) == {ZONE}


def test_the_first_and_the_last_day_and_the_collateral_of_a_dex_are_known(accounts):
    rows_of(accounts)
    numbers = [one.pk for one in accounts]
    assert span_of(numbers, ZONE) == (date(2025, 11, 24), date(2025, 11, 25))
    assert collaterals(numbers, ZONE, ["flx:GOLD", "xyz:TSLA"]) == {"flx:GOLD": "USDH"}


def test_funding_of_a_dex_without_any_fee_of_the_coin_takes_the_token_of_its_dex(accounts):
    FundingPayment.of_wire(accounts[1].pk, funding("flx:TSLA", 1, at=MIDNIGHT + 9), 0).save()
    DayBook.objects.update(dirty_from=0, dirty_to=MIDNIGHT + 10)
    assert money_of_coins(rows_of(accounts), PAIRS)["flx:TSLA"] == "USDH"


def test_the_max_drawdown_is_from_a_peak_and_not_from_the_start():
    assert max_drawdown([D(5), D(-3), D(4), D(-7), D(2)]) == 7
    assert max_drawdown([D(-2), D(-2)]) == 4
    assert max_drawdown([D(1), D(1)]) == 0
    assert max_drawdown([]) == 0
