"""Bridges of stored rows, and that the words of stored lines are read back as what was written."""

from decimal import Decimal

import pytest

from exchange.equity import equity_of
from exchange.wire.account import (
    AssetPosition,
    ClearinghouseState,
    MarginSummary,
    Position,
    SpotBalance,
    SpotState,
)
from exchange.wire.profile import History
from snapshots.bridges import NoBridge, bridge_between, said_between
from snapshots.models import Account, CashFlow, EquitySnapshot, Fill, FundingPayment, PositionSnapshot
from snapshots.models.equity_line import written
from snapshots.standings import collaterals, standing_at
from tests.snapshots import wires
from tests.snapshots.pnl.standings import standing_of
from tests.snapshots.wires import ALICE, NOON

pytestmark = pytest.mark.django_db
MINUTE = 60_000
PRICES = {"USDC": "1", "HYPE": "30.25", "USDH": "0.9991"}
OF_DEX = {"": "USDC", "xyz": "USDH"}


def price_of(token: str) -> Decimal | None:
    return Decimal(PRICES[token]) if token in PRICES else None


def state(value: str, *positions: Position) -> ClearinghouseState:
    return ClearinghouseState([AssetPosition(one) for one in positions], NOON, MarginSummary(Decimal(value)))


def held(coin: str, size: str, value: str, profit: str = "0") -> Position:
    return Position(coin, Decimal(size), position_value=Decimal(value), unrealized_pnl=Decimal(profit))


def stored(account: Account, time: int, equity, positions=()) -> EquitySnapshot:
    lines = [written(one) for one in equity.lines]
    for dex, position in positions:
        PositionSnapshot.of_wire(account.pk, dex, position, time, time).save()
    return EquitySnapshot.objects.create(
        account=account, time=time, received_at=time, mode="default", equity=equity.total, lines=lines
    )


@pytest.fixture
def alice() -> Account:
    return Account.objects.create(address=ALICE, added_at=NOON)


@pytest.mark.parametrize("is_old", [False, True], ids=["with figures", "in words, as once"])
@pytest.mark.parametrize("mode", ["default", "unifiedAccount", "portfolioMargin"])
def test_stored_lines_are_read_back_as_the_standing_that_they_were_written_of(alice, mode, is_old):
    long, short = held("BTC", "0.5", "42000.5"), held("xyz:GOLD", "-2", "5000", "-12.5")
    states = [("", state("1000.123456", long)), ("xyz", state("-20.5", short))]
    balances = [("USDC", "-12.5"), ("HYPE", "3.141592653589793"), ("NOBODY", "7"), ("USDH", "100")]
    spot = SpotState([SpotBalance(coin, Decimal(total), Decimal(0)) for coin, total in balances])
    equity = equity_of(mode, states, spot, price_of, OF_DEX.__getitem__)
    row = stored(alice, NOON, equity, [("", long), ("xyz", short)])
    if is_old:
        EquitySnapshot.objects.update(lines=[line[:4] for line in row.lines])
    row.refresh_from_db()
    found = standing_at(row, PositionSnapshot.objects.held(alice.pk))
    expected = standing_of(NOON, equity, states, price_of, OF_DEX.__getitem__)
    assert dict(found.tokens) == {
        token: amount for token, amount in expected.tokens.items() if not is_old or token in PRICES
    }
    assert dict(found.prices) == dict(expected.prices)
    assert dict(found.positions) == dict(expected.positions)
    assert found.equity == expected.equity == equity.total
    assert collaterals(row) == OF_DEX


def day(alice: Account) -> None:
    """One unit bought at 100, that stands at 110; 2 paid as a fee, 1 of funding received, 50 paid in."""
    spot = SpotState([])
    stored(alice, NOON, equity_of("default", [("", state("1000"))], spot, price_of))
    end = equity_of("default", [("", state("1059", held("ETH", "1", "110")))], spot, price_of)
    stored(alice, NOON + 10 * MINUTE, end, [("", held("ETH", "1", "110", "10"))])
    bought = {"coin": "ETH", "px": Decimal(100), "sz": Decimal(1), "fee": Decimal(2)}
    Fill.of_wire(alice.pk, wires.fill(NOON + MINUTE, **bought), NOON).save()
    FundingPayment.of_wire(alice.pk, wires.funding(NOON + MINUTE, "ETH", "1"), NOON).save()
    CashFlow.of_wire(alice.pk, wires.ledger(NOON + MINUTE, usdc="50"), NOON).save()


def test_a_day_is_bridged_line_by_line_without_a_residual(alice, django_assert_num_queries):
    day(alice)
    with django_assert_num_queries(9):
        found = bridge_between(alice, NOON - MINUTE, NOON + 20 * MINUTE)
    lines = {line.name: line.usd for line in found.bridge.lines if line.usd}
    assert lines == {"deposit": 50, "unrealised": 10, "fee": -2, "funding": 1}
    assert (found.start, found.end, found.is_part) == (NOON, NOON + 10 * MINUTE, True)
    assert (found.bridge.start, found.bridge.end, found.bridge.residual) == (1000, 1059, 0)


def test_a_fill_that_is_missing_is_the_residual(alice):
    day(alice)
    Fill.objects.all().delete()
    found = bridge_between(alice, NOON + 1, NOON + 20 * MINUTE)
    assert (found.bridge.residual, found.is_part) == (8, False)
    assert any("ETH" in text for text in found.bridge.not_counted)


def test_without_two_equities_there_is_no_bridge_but_a_reason(alice):
    with pytest.raises(NoBridge, match="No two equities"):
        bridge_between(alice, NOON, NOON + MINUTE)
    EquitySnapshot.objects.create(account=alice, time=NOON, received_at=NOON, mode="new", equity=None)
    EquitySnapshot.objects.create(account=alice, time=NOON + 1, received_at=NOON, mode="new", equity=None)
    with pytest.raises(NoBridge, match="could not be computed"):
        bridge_between(alice, NOON, NOON + MINUTE)


def test_the_exchange_and_the_record_are_compared_over_the_very_same_time(alice):
    day(alice)
    samples = [
        (NOON - 5 * MINUTE, "0"),
        (NOON + 5, "100"),
        (NOON + 11 * MINUTE, "108.5"),
        (NOON + 99 * MINUTE, "1"),
    ]
    week = History([], [(time, Decimal(pnl)) for time, pnl in samples])
    said = said_between(alice, [("day", History([], [])), ("week", week)], NOON + MINUTE, NOON + 12 * MINUTE)
    assert (said.start, said.end, said.pnl) == (NOON + 5, NOON + 11 * MINUTE, Decimal("8.5"))
    assert (said.own, said.difference) == (9, Decimal("-0.5"))
    assert said_between(alice, [], NOON, NOON + 1) is None
