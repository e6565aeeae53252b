"""What accounts held as of a moment, and curves of their worth: from rows alone, in a fixed number of queries."""

from decimal import Decimal

import pytest

from exchange.wire.account import Leverage, Position
from snapshots.curves import Point, curve_of
from snapshots.holdings import holdings_of
from snapshots.models import Account, CashFlow, EquitySnapshot, PositionSnapshot
from tests.snapshots import wires
from tests.snapshots.wires import ALICE, BOB, NOON

pytestmark = pytest.mark.django_db
MINUTE = 60_000


@pytest.fixture
def alice() -> Account:
    return Account.objects.create(address=ALICE, added_at=NOON)


@pytest.fixture
def bob() -> Account:
    return Account.objects.create(address=BOB, added_at=NOON)


def equity(account: Account, time: int, worth: str | None, late: int = 100) -> None:
    EquitySnapshot.objects.create(
        account=account, time=time, received_at=time + late, mode="default", equity=worth and Decimal(worth)
    )


def position(account: Account, time: int, coin: str, size: str, late: int = 100) -> None:
    sent = Position(coin, Decimal(size), Leverage("cross", 5), position_value=Decimal(100))
    PositionSnapshot.of_wire(account.pk, "", sent, time, time + late).save()


def test_a_moment_knows_only_what_had_been_received_by_then(alice):
    equity(alice, NOON, "100")
    equity(alice, NOON + MINUTE, "110", late=5 * MINUTE)
    position(alice, NOON, "BTC", "1")
    position(alice, NOON, "ETH", "-2")
    position(alice, NOON + MINUTE, "BTC", "0")
    before = holdings_of([ALICE], NOON)[ALICE]
    assert (before.equity, before.positions, before.received_at) == (None, [], None)
    then = holdings_of([ALICE], NOON + 200)[ALICE]
    assert then.equity.equity == 100
    assert [(row.coin, row.szi) for row in then.positions] == [("BTC", 1), ("ETH", -2)]
    later = holdings_of([ALICE], NOON + 3 * MINUTE)[ALICE]
    assert later.equity.equity == 100, "what came late was not known yet"
    assert [row.coin for row in later.positions] == ["ETH"], "a closed position is gone"
    assert holdings_of([ALICE])[ALICE].equity.equity == 110


def test_holdings_are_old_after_a_silence_that_does_not_happen_to_what_is_followed(alice):
    equity(alice, NOON, "100")
    holdings = holdings_of([ALICE])[ALICE]
    assert not holdings.is_old(NOON + 15 * MINUTE)
    assert holdings.is_old(NOON + 17 * MINUTE)


def test_many_accounts_take_as_many_queries_as_one(alice, bob, django_assert_num_queries):
    for account in (alice, bob):
        equity(account, NOON, "100")
        position(account, NOON, "BTC", "1")
    position(bob, NOON + 40 * MINUTE, "ETH", "1")
    with django_assert_num_queries(3):
        found = holdings_of([ALICE, BOB, "0x" + "99" * 20])
    assert {address: [row.coin for row in one.positions] for address, one in found.items()} == {
        ALICE: ["BTC"],
        BOB: ["ETH"],  # BTC is not in the last full set
    }
    with django_assert_num_queries(1):
        assert holdings_of(["0x" + "99" * 20]) == {}


def deposit(account: Account, time: int, usdc: str, **delta) -> None:
    CashFlow.of_wire(account.pk, wires.ledger(time, usdc=usdc, **delta), time).save()


def test_profit_is_the_change_of_equity_without_what_was_paid_in(alice):
    equity(alice, NOON, "100")
    equity(alice, NOON + 5 * MINUTE, "130")
    deposit(alice, NOON - 1, "77")
    deposit(alice, NOON + 2 * MINUTE, "20")
    curve = curve_of([alice], NOON - 10 * MINUTE, NOON + 10 * MINUTE, most=4)
    assert curve.points == (
        Point(NOON + 5 * MINUTE, Decimal(100), Decimal(0)),
        Point(NOON + 10 * MINUTE, Decimal(130), Decimal(10)),
    )


def test_where_nothing_was_stored_the_curve_has_a_hole_and_what_cannot_be_computed_is_one_too(alice):
    equity(alice, NOON, "100")
    equity(alice, NOON + 60 * MINUTE, "90")
    equity(alice, NOON + 70 * MINUTE, None)
    curve = curve_of([alice], NOON, NOON + 80 * MINUTE, most=8)
    assert [point.equity for point in curve.points] == [100, None, None, None, None, None, 90, None]


def test_a_past_moment_has_the_curve_that_was_known_then(alice):
    equity(alice, NOON, "100")
    equity(alice, NOON + MINUTE, "130", late=9 * MINUTE)
    deposit(alice, NOON + 30_000, "5")
    CashFlow.objects.update(received_at=NOON + 9 * MINUTE)
    span = (NOON, NOON + 2 * MINUTE, 2)
    assert [point.pnl for point in curve_of([alice], *span).points] == [0, 25]
    assert [point.pnl for point in curve_of([alice], *span, as_of=NOON + 5 * MINUTE).points] == [0, 0]


def test_all_accounts_together_are_their_sum_from_when_each_begins(alice, bob, django_assert_num_queries):
    for minute in range(0, 60, 10):
        equity(alice, NOON + minute * MINUTE, str(100 + minute))
    for minute in range(30, 60, 10):
        equity(bob, NOON + minute * MINUTE, str(1000 - minute))
    with django_assert_num_queries(2):
        curve = curve_of([alice, bob], NOON, NOON + 60 * MINUTE, most=6)
    assert [point.equity for point in curve.points] == [100, 110, 120, 1100, 1100, 1100]
    assert [point.pnl for point in curve.points] == [0, 10, 20, 30, 30, 30]
    assert curve.begins == {NOON + 40 * MINUTE: (BOB,)}, "the step is no profit, and said to be none"


def test_what_was_stored_just_before_a_curve_is_good_at_its_start(alice, bob):
    equity(alice, NOON - 4 * MINUTE, "100")
    equity(bob, NOON - 9 * MINUTE, "1000")
    equity(bob, NOON + 5 * MINUTE, "1007")
    deposit(bob, NOON - 5 * MINUTE, "2")
    curve = curve_of([alice, bob], NOON, NOON + 10 * MINUTE, most=5)
    assert [point.equity for point in curve.points] == [1100, 1100, 1107, 1107, 1107]
    assert [point.pnl for point in curve.points] == [0, 0, 5, 5, 5]
    assert curve.begins == {}


def test_a_beginning_within_a_hole_is_where_the_curve_goes_on(alice, bob):
    for minute in (0, 10, 50):
        equity(alice, NOON + minute * MINUTE, "100")
    for minute in (20, 30, 40, 50):
        equity(bob, NOON + minute * MINUTE, "7")
    curve = curve_of([alice, bob], NOON, NOON + 60 * MINUTE, most=6)
    assert [point.equity for point in curve.points] == [100, 100, None, None, None, 107]
    assert curve.begins == {NOON + 60 * MINUTE: (BOB,)}


def test_a_moved_token_without_a_price_is_named(alice):
    equity(alice, NOON, "100")
    deposit(alice, NOON + 1, "0", type="rewardsClaim", token="HYPE", amount="2")
    assert curve_of([alice], NOON, NOON + MINUTE).not_counted == ()
    sent = {"type": "spotTransfer", "token": "HYPE", "amount": "2", "user": BOB, "destination": ALICE, "fee": "0"}
    CashFlow.of_wire(alice.pk, wires.ledger(NOON + 2, **sent), NOON).save()
    assert curve_of([alice], NOON, NOON + MINUTE).not_counted == ("HYPE",)
